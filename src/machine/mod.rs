//! The machine: boot, exceptions, registers, barriers, CPUs, devices.

pub mod barriers;
mod boot;
pub mod caches;
pub mod calls;
pub mod console;
pub mod controls;
pub mod cpus;
mod entry;
pub mod exceptions;
pub mod fatal;
pub mod instructions;
pub mod interrupts;
pub mod lean;
pub mod lock;
pub mod misbehaviour;
pub mod per_cpu;
pub mod power;
pub mod probe_state;
pub mod probing;
pub mod registers;
pub mod relax;
pub mod smp;
pub mod stacks;
pub mod stubs;
pub mod timer;
mod vectors;
pub mod watchdog;
