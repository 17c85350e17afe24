//! Reads one value, or says what is wrong with it.

use crate::{
    element::{Element, Kind},
    finding::{Fault, Finding},
    quantity::{Quantity, QuantityError},
};

/// The largest count. A program in a language without unsigned numbers that sends -1 sends more than this.
pub const MAX_COUNT: u32 = i32::MAX.unsigned_abs();

/// Reads the text of an element, as a file has it.
///
/// # Errors
///
/// The finding, when it is no quantity that the element can have.
pub fn text_value(element: Element, text: &str, path: &str) -> Result<Quantity, Box<Finding>> {
    let quantity = Quantity::parse(text).map_err(|error| not_a_quantity(element, error, text, path))?;
    allowed(element, quantity, text, path)
}

/// Takes the double of an element, as the wire has it. Where it stands is asked only for a finding.
///
/// # Errors
///
/// The finding, when it is no quantity that the element can have.
pub fn double_value(element: Element, number: f64, path: impl FnOnce() -> String) -> Result<Quantity, Box<Finding>> {
    match Quantity::from_f64(number, element.definition().kind.decimals()) {
        // It has no more decimals than were asked for.
        Ok(quantity) if !quantity.negative() => Ok(quantity),
        Ok(quantity) => allowed(element, quantity, &number.to_string(), &path()),
        Err(error) => Err(not_a_quantity(element, error, &number.to_string(), &path())),
    }
}

/// Takes the count of an element, as the wire has it.
///
/// # Errors
///
/// The finding, when it is more than a count can be.
pub fn count_value(element: Element, number: u32, path: &str) -> Result<Quantity, Box<Finding>> {
    let too_large = || not_a_quantity(element, QuantityError::TooLarge, &number.to_string(), path);
    let quantity = Quantity::whole(number.into()).ok_or_else(too_large)?;
    if number > MAX_COUNT { Err(too_large()) } else { Ok(quantity) }
}

fn allowed(element: Element, quantity: Quantity, text: &str, path: &str) -> Result<Quantity, Box<Finding>> {
    if quantity.negative() {
        return Err(finding(Fault::NotNegative { what: element.into() }, element, text, path));
    }
    let count = element.definition().kind == Kind::Count;
    if count && quantity.as_whole().is_some_and(|number| number > MAX_COUNT.into()) {
        return Err(not_a_quantity(element, QuantityError::TooLarge, text, path));
    }
    let fine = match element.definition().kind {
        Kind::Count => quantity.as_whole().is_none(),
        Kind::Amount => quantity.as_hundredths().is_none(),
    };
    if fine { Err(decimals_finding(element, text, path)) } else { Ok(quantity) }
}

fn decimals_finding(element: Element, text: &str, path: &str) -> Box<Finding> {
    let what = element.into();
    let fault = match element.definition().kind {
        Kind::Count => Fault::CountWhole { what },
        Kind::Amount => Fault::AmountDecimals { what },
    };
    finding(fault, element, text, path)
}

fn not_a_quantity(element: Element, error: QuantityError, text: &str, path: &str) -> Box<Finding> {
    let what = element.into();
    let fault = match error {
        QuantityError::NotANumber => Fault::Number { what },
        QuantityError::TooFine => return decimals_finding(element, text, path),
        QuantityError::TooLarge => Fault::NumberRange { what },
    };
    finding(fault, element, text, path)
}

fn finding(fault: Fault, element: Element, text: &str, path: &str) -> Box<Finding> {
    Box::new(Finding::of(fault, path).of_element(element.id()).found(text))
}
