//! The machine as its firmware describes it.
#![no_std]
#![forbid(unsafe_code)]

pub mod acpi;
pub mod device_tree;
pub mod efi;
pub mod errata;
pub mod hypervisor;
pub mod imx;
pub mod meson;
pub mod ns16550;
pub mod time;
pub mod words;
