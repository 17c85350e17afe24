//! Reads one value, or says what is wrong with it.

use crate::{
    element::{Element, Kind},
    finding::Finding,
    quantity::{Quantity, QuantityError},
};

/// Reads the text of an element, as a file has it.
///
/// # Errors
///
/// The finding, when it is no quantity that the element can have.
pub fn text_value(element: Element, text: &str, path: &str) -> Result<Quantity, Box<Finding>> {
    let quantity = Quantity::parse(text).map_err(|error| not_a_quantity(element, error, text, path))?;
    allowed(element, quantity, text, path)
}

/// Takes the double of an element, as the wire has it.
///
/// # Errors
///
/// The finding, when it is no quantity that the element can have.
pub fn double_value(element: Element, number: f64, path: &str) -> Result<Quantity, Box<Finding>> {
    let text = number.to_string();
    let decimals = element.definition().kind.decimals();
    let quantity = Quantity::from_f64(number, decimals).map_err(|error| match error {
        QuantityError::TooFine => decimals_finding(element, &text, path),
        error => not_a_quantity(element, error, &text, path),
    })?;
    allowed(element, quantity, &text, path)
}

fn allowed(element: Element, quantity: Quantity, text: &str, path: &str) -> Result<Quantity, Box<Finding>> {
    let title = element.definition().title;
    if quantity.negative() {
        let finding =
            Finding::error("not_negative", path, format!("{title}不能为负数"), "请填写不小于零的数；没有数据时留空");
        return Err(Box::new(finding.of_element(element.id()).found(text)));
    }
    let fine = match element.definition().kind {
        Kind::Count => quantity.as_whole().is_none(),
        Kind::Amount => quantity.as_hundredths().is_none(),
    };
    if fine { Err(decimals_finding(element, text, path)) } else { Ok(quantity) }
}

fn decimals_finding(element: Element, text: &str, path: &str) -> Box<Finding> {
    let title = element.definition().title;
    let finding = match element.definition().kind {
        Kind::Count => Finding::error("count_whole", path, format!("{title}须为整数"), "请填写整数"),
        Kind::Amount => {
            Finding::error("amount_decimals", path, format!("{title}最多保留两位小数"), "请四舍五入到两位小数后填写")
        }
    };
    Box::new(finding.of_element(element.id()).found(text))
}

fn not_a_quantity(element: Element, error: QuantityError, text: &str, path: &str) -> Box<Finding> {
    let title = element.definition().title;
    let finding = match error {
        QuantityError::NotANumber => Finding::error(
            "number",
            path,
            format!("{title}不是数字"),
            "请填写普通数字，不带单位、千分位逗号和科学计数；没有数据时留空",
        ),
        QuantityError::TooFine => return decimals_finding(element, text, path),
        QuantityError::TooLarge => Finding::error(
            "number_range",
            path,
            format!("{title}超出可填范围"),
            "请核对数值和计量单位；数值须小于一万亿",
        ),
    };
    Box::new(finding.of_element(element.id()).found(text))
}
