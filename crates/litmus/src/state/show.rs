//! States in herd's text form.

use super::{Fault, FaultKind, FaultPattern, FinalState, Observable};
use crate::test::Test;
use crate::value::{Descriptor, Value};
use core::fmt;

/// Something with the test whose names it has.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a, T> {
    what: &'a T,
    test: &'a Test,
}

macro_rules! shown {
    ($($type:ty),+) => {
        $(
            impl $type {
                /// Shows it in herd's text form.
                #[must_use]
                pub const fn shown<'a>(&'a self, test: &'a Test) -> Shown<'a, Self> {
                    Shown { what: self, test }
                }
            }
        )+
    };
}

shown!(Observable, Value, Descriptor, Fault, FaultPattern, FinalState);

fn variable(test: &Test, number: u8) -> &str {
    test.variables.get(usize::from(number)).map_or("?", |name| name)
}

fn label(test: &Test, thread: u8, number: u8) -> &str {
    let labels = test.threads.get(usize::from(thread)).map(|thread| &thread.labels);
    labels.and_then(|labels| labels.get(usize::from(number))).map_or("?", |label| &label.name)
}

impl fmt::Display for Shown<'_, Observable> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self.what {
            Observable::Register { thread, register } => write!(formatter, "{thread}:X{register}"),
            Observable::Memory(number) => write!(formatter, "[{}]", variable(self.test, number)),
            Observable::Descriptor(number) => write!(formatter, "[PTE({})]", variable(self.test, number)),
        }
    }
}

impl fmt::Display for Shown<'_, Value> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |number| variable(self.test, number);
        match *self.what {
            Value::Number(number) if number < 1 << 32 => write!(formatter, "{number}"),
            Value::Number(number) => write!(formatter, "{number:#x}"),
            Value::Address(number, 0) => formatter.write_str(name(number)),
            Value::Address(number, offset) => write!(formatter, "{}+{offset}", name(number)),
            Value::DescriptorAddress(number) => write!(formatter, "PTE({})", name(number)),
            Value::Descriptor(ref descriptor) => descriptor.shown(self.test).fmt(formatter),
            Value::Label(thread, number) => {
                write!(formatter, "label:\"P{thread}:{}\"", label(self.test, thread, number))
            }
        }
    }
}

/// The output address, then what differs from the default, in alphabetical order.
impl fmt::Display for Shown<'_, Descriptor> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Descriptor { output, valid, access_flag, writable, modifier, user, other } = *self.what;
        match output {
            Some(number) => write!(formatter, "(oa:PA({})", variable(self.test, number))?,
            None => formatter.write_str("(oa:?")?,
        }
        for (name, bit, default) in [
            ("af", access_flag, true),
            ("db", writable, true),
            ("dbm", modifier, false),
            ("valid", valid, true),
            ("el0", user, true),
        ] {
            if bit != default {
                write!(formatter, ", {name}:{}", u8::from(bit))?;
            }
        }
        if other != 0 {
            write!(formatter, ", other:{other:#x}")?;
        }
        formatter.write_str(")")
    }
}

fn show_kind(formatter: &mut fmt::Formatter<'_>, kind: FaultKind) -> fmt::Result {
    formatter.write_str(match kind {
        FaultKind::Translation => ",MMU:Translation",
        FaultKind::AccessFlag => ",MMU:AccessFlag",
        FaultKind::Permission => ",MMU:Permission",
        FaultKind::Undefined => ",UndefinedInstruction",
        FaultKind::Other => ",Other",
    })
}

/// Thread, label and variable, in parentheses up to the kind.
fn show_place(
    formatter: &mut fmt::Formatter<'_>,
    test: &Test,
    thread: u8,
    place: Option<u8>,
    of: Option<u8>,
) -> fmt::Result {
    write!(formatter, "(P{thread}")?;
    if let Some(place) = place {
        write!(formatter, ":{}", label(test, thread, place))?;
    }
    if let Some(of) = of {
        write!(formatter, ",{}", variable(test, of))?;
    }
    Ok(())
}

impl fmt::Display for Shown<'_, Fault> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault { thread, label, variable, kind } = *self.what;
        show_place(formatter, self.test, thread, label, variable)?;
        show_kind(formatter, kind)?;
        formatter.write_str(")")
    }
}

impl fmt::Display for Shown<'_, FaultPattern> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FaultPattern { thread, label, variable, kind } = *self.what;
        show_place(formatter, self.test, thread, label, variable)?;
        kind.map_or(Ok(()), |kind| show_kind(formatter, kind))?;
        formatter.write_str(")")
    }
}

/// The values, the faults that were taken, then those that were not.
impl fmt::Display for Shown<'_, FinalState> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (test, FinalState { values, faults }) = (self.test, self.what);
        let mut separator = "";
        let mut separate =
            |formatter: &mut fmt::Formatter<'_>| formatter.write_str(core::mem::replace(&mut separator, " "));
        for (observable, value) in test.observed.iter().zip(values) {
            separate(formatter)?;
            write!(formatter, "{}={};", observable.shown(test), value.shown(test))?;
        }
        for fault in faults {
            separate(formatter)?;
            write!(formatter, "Fault{};", fault.shown(test))?;
        }
        for pattern in &test.faults {
            if !faults.iter().any(|fault| pattern.matches(fault)) {
                separate(formatter)?;
                write!(formatter, "~Fault{};", pattern.shown(test))?;
            }
        }
        Ok(())
    }
}
