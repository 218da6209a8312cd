//! What follows the code: locations, filter, condition.

use super::{Named, NewNames, Reader};
use crate::condition::{Expression, Quantifier};
use crate::lexer::Token;
use crate::problem::{Expected, Problem};
use crate::state::Observable;
use crate::test::Thread;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// What follows the code.
pub(super) struct Conditions {
    pub(super) filter: Option<Expression>,
    pub(super) quantifier: Quantifier,
    pub(super) condition: Expression,
    pub(super) named: Named,
}

/// How deep conditions stand within conditions: each level takes some of the stack, whoever reads them or asks whether they
/// hold.
const MAX_DEPTH: u32 = 32;

/// A condition that may still name what the test does not observe yet.
struct Parser<'a> {
    reader: &'a mut Reader,
    names: &'a mut NewNames,
    threads: &'a [Thread],
    named: Named,
    /// Negations and parentheses that are open.
    depth: u32,
}

/// Reads all of it.
pub(super) fn read(
    reader: &mut Reader,
    names: &mut NewNames,
    threads: &[Thread],
) -> Result<Conditions, Problem> {
    let mut parser = Parser { reader, names, threads, named: Named::default(), depth: 0 };
    if parser.reader.take_word(&["locations"]) {
        parser.locations()?;
    }
    let filter = if parser.reader.take_word(&["filter"]) { Some(parser.any()?) } else { None };
    let quantifier = if parser.reader.take_word(&["forall"]) {
        Some(Quantifier::ForAll)
    } else if parser.reader.take_sign('~') {
        if !parser.reader.take_word(&["exists"]) {
            return Err(parser.reader.wrong(Expected::Atom));
        }
        Some(Quantifier::NotExists)
    } else if parser.reader.take_word(&["exists", "final"]) {
        Some(Quantifier::Exists)
    } else {
        None
    };
    let condition = match quantifier {
        Some(_) => parser.any()?,
        None => Expression::Constant(true),
    };
    while parser.reader.take_sign(';') {}
    if !parser.reader.is_at_end() {
        return Err(parser.reader.wrong(Expected::End));
    }
    let mut conditions = Conditions {
        filter,
        quantifier: quantifier.unwrap_or(Quantifier::ForAll),
        condition,
        named: parser.named,
    };
    conditions.sort();
    Ok(conditions)
}

impl Conditions {
    /// Puts what is observed into order: registers, memory, descriptors.
    fn sort(&mut self) {
        let before = core::mem::take(&mut self.named.observed);
        let mut after = before.clone();
        after.sort_unstable();
        let place = |number: u8| {
            let moved =
                after.iter().position(|observable| Some(observable) == before.get(usize::from(number)));
            moved.and_then(|place| u8::try_from(place).ok()).unwrap_or(number)
        };
        self.condition.renumber(&place);
        if let Some(filter) = &mut self.filter {
            filter.renumber(&place);
        }
        self.named.observed = after;
        self.named.faults.sort_unstable();
        self.named.faults.dedup();
    }
}

impl Expression {
    fn renumber(&mut self, place: &dyn Fn(u8) -> u8) {
        match self {
            Self::Constant(_) | Self::Fault(_) => {}
            Self::Equals(number, _) => *number = place(*number),
            Self::Not(inner) => inner.renumber(place),
            Self::All(parts) | Self::Any(parts) => parts.iter_mut().for_each(|part| part.renumber(place)),
        }
    }
}

impl Parser<'_> {
    fn locations(&mut self) -> Result<(), Problem> {
        self.reader.expect_sign('[')?;
        while !self.reader.take_sign(']') {
            if self.reader.take_word(&["fault", "Fault"]) {
                let pattern = self.reader.fault(self.names, self.threads)?;
                self.named.faults.push(pattern);
            } else {
                let observable = self.reader.observable(self.names, self.threads)?;
                self.observe(observable)?;
                // Its type changes nothing: values are shown as they are.
                while matches!(self.reader.peek(), Some(Token::Word(_) | Token::Sign('*'))) {
                    self.reader.next();
                }
            }
            if !self.reader.take_sign(';') && !self.reader.is_sign(']') {
                return Err(self.reader.wrong(Expected::Character(']')));
            }
        }
        Ok(())
    }

    /// Returns the place of an observable, in the order of their appearance.
    fn observe(&mut self, observable: Observable) -> Result<u8, Problem> {
        let known = self.named.observed.iter().position(|other| *other == observable);
        let place = known.unwrap_or(self.named.observed.len());
        if known.is_none() {
            self.named.observed.push(observable);
        }
        u8::try_from(place).map_err(|_| self.reader.wrong(Expected::End))
    }

    fn any(&mut self) -> Result<Expression, Problem> {
        let first = self.all()?;
        let mut parts = Vec::from([first]);
        while self.reader.peek() == Some(&Token::Or) {
            self.reader.next();
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::Any(parts) })
    }

    fn all(&mut self) -> Result<Expression, Problem> {
        let mut parts = Vec::from([self.implied()?]);
        while self.reader.peek() == Some(&Token::And) {
            self.reader.next();
            parts.push(self.implied()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::All(parts) })
    }

    /// Reads an implication, which binds more than `/\\` in herd's grammar, and from the right.
    fn implied(&mut self) -> Result<Expression, Problem> {
        let first = self.negated()?;
        if self.reader.peek() != Some(&Token::Implies) {
            return Ok(first);
        }
        self.reader.next();
        let second = self.deeper(Self::implied)?;
        Ok(Expression::Any(Vec::from([Expression::Not(Box::new(first)), second])))
    }

    fn negated(&mut self) -> Result<Expression, Problem> {
        if self.reader.take_sign('~') || self.reader.take_word(&["not"]) {
            return Ok(Expression::Not(Box::new(self.deeper(Self::negated)?)));
        }
        if self.reader.take_sign('(') {
            let inner = self.deeper(Self::any)?;
            self.reader.expect_sign(')')?;
            return Ok(inner);
        }
        self.atom()
    }

    /// Reads what stands a level deeper.
    fn deeper(&mut self, read: fn(&mut Self) -> Result<Expression, Problem>) -> Result<Expression, Problem> {
        if self.depth == MAX_DEPTH {
            return Err(self.reader.wrong(Expected::Shallower));
        }
        self.depth += 1;
        let inner = read(self)?;
        self.depth -= 1;
        Ok(inner)
    }

    fn atom(&mut self) -> Result<Expression, Problem> {
        if self.reader.take_word(&["fault", "Fault"]) {
            let pattern = self.reader.fault(self.names, self.threads)?;
            self.named.faults.push(pattern);
            return Ok(Expression::Fault(pattern));
        }
        if self.reader.is_word_in(&["true", "false"]) {
            let value = self.reader.is_word_in(&["true"]);
            self.reader.next();
            return Ok(Expression::Constant(value));
        }
        if !matches!(self.reader.peek(), Some(Token::Word(_) | Token::Number(_) | Token::Sign('[' | '*'))) {
            return Err(self.reader.wrong(Expected::Atom));
        }
        let observable = self.reader.observable(self.names, self.threads)?;
        let differs = self.reader.peek() == Some(&Token::Differs);
        if differs {
            self.reader.next();
        } else {
            self.reader.expect_sign('=')?;
        }
        let value = self.reader.value(self.names, self.threads, observable.owner())?;
        let equals = Expression::Equals(self.observe(observable)?, value);
        Ok(if differs { Expression::Not(Box::new(equals)) } else { equals })
    }
}
