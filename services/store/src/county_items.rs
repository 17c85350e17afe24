//! Table `county_items`. Written by ingest, read by evaluation and reporting.

use jiff::civil::Date;
use junheng_domain::{
    code::{Month, RegionCode},
    facts::{CountyItem, DatedItem, ItemValue},
    quantity::Quantity,
};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder};

use crate::{
    CountyMonth, Reads, StoreError, WriteTransaction,
    bulk::{ask, insert},
    encoding::{month as decode_month, number as decode_number, parse_optional, unix_ms},
    entity::county_items,
    message::Parameter,
};

/// Inserts the county items of an accepted or held submission with the other writes of the transaction; each item and operand may come once.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when the number is none that the column holds. What is wrong with an item is told by the commit.
pub fn insert_many<'a>(
    transaction: &WriteTransaction,
    county: &RegionCode,
    month: Month,
    number: u32,
    items: impl IntoIterator<Item = &'a CountyItem>,
) -> Result<(), StoreError> {
    let number: i32 = decode_number(number, "county_items.number")?;
    let same = [("county_code", county.as_str().into()), ("month", month.ordinal().into()), ("number", number.into())];
    let items: Vec<&CountyItem> = items.into_iter().collect();
    let texts =
        |text: fn(&CountyItem) -> Option<String>| Parameter::Texts(items.iter().map(|item| text(item)).collect());
    let quantity = |item: &CountyItem| match item.value {
        ItemValue::Quantity(quantity) => Some(quantity.as_millionths()),
        _ => None,
    };
    let declaration = |item: &CountyItem| match item.value {
        ItemValue::Declaration(declared) => Some(declared),
        _ => None,
    };
    let columns = vec![
        ("item", texts(|item| Some(item.item.clone()))),
        ("operand", texts(|item| Some(item.operand.clone()))),
        ("quantity_millionths", Parameter::Numbers(items.iter().map(|item| quantity(item)).collect())),
        ("declaration", Parameter::Truths(items.iter().map(|item| declaration(item)).collect())),
        (
            "date",
            texts(|item| match item.value {
                ItemValue::Date(date) => Some(date.to_string()),
                _ => None,
            }),
        ),
        ("declared_on", texts(|item| item.declared_on.map(|day| day.to_string()))),
        ("declared_by", texts(|item| Some(item.declared_by.clone()))),
        ("evidence", texts(|item| Some(item.evidence.clone()))),
    ];
    insert(transaction.connection(), "county_items", same, columns, items.len());
    Ok(())
}

/// Lists the county items of an accepted or held submission, by item and operand.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list(
    reads: &impl Reads,
    county: &RegionCode,
    month: Month,
    number: u32,
) -> Result<Vec<CountyItem>, StoreError> {
    let number: i32 = decode_number(number, "county_items.number")?;
    let rows = county_items::Entity::find()
        .filter(county_items::Column::CountyCode.eq(county.as_str()))
        .filter(county_items::Column::Month.eq(month.ordinal()))
        .filter(county_items::Column::Number.eq(number))
        .order_by_asc(county_items::Column::Item)
        .order_by_asc(county_items::Column::Operand)
        .all(reads.connection())
        .await?;
    rows.into_iter().map(decode).collect()
}

/// Lists, for many counties and months, the latest value of every operand, by item and operand; in the order of the questions.
///
/// It is the value of the newest month up to and including the month asked for, and at most `months_back` months before it, whose
/// current revision at the instant names the operand. What only an older revision of a month named is withdrawn and does not
/// count, nor does anything of a month that was withdrawn.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_latest(
    reads: &impl Reads,
    questions: &[CountyMonth],
    months_back: u16,
) -> Result<Vec<Vec<DatedItem>>, StoreError> {
    let select = "SELECT * FROM (
            SELECT wanted.place AS place, county_items.*, ROW_NUMBER() OVER (
                PARTITION BY county_items.county_code, wanted.place, county_items.item, county_items.operand
                ORDER BY county_items.month DESC
            ) AS age
            FROM wanted CROSS JOIN submissions CROSS JOIN county_items
            WHERE submissions.county_code = wanted.county_code
                AND submissions.month BETWEEN wanted.first_month AND wanted.last_month
                AND submissions.state = 'accepted'
                AND submissions.revision = (SELECT MAX(newest.revision) FROM submissions newest
                    WHERE newest.county_code = submissions.county_code AND newest.month = submissions.month
                    AND newest.known_at_unix_ms <= wanted.as_of_unix_ms)
                AND county_items.county_code = submissions.county_code AND county_items.month = submissions.month
                AND county_items.number = submissions.number
        ) dated WHERE age = 1 ORDER BY place, item, operand";
    let encode = |question: &CountyMonth| {
        let month = question.month.ordinal();
        [
            question.county.as_str().into(),
            (month - i32::from(months_back)).into(),
            month.into(),
            unix_ms(question.as_of).into(),
        ]
    };
    let columns = "county_code, first_month, last_month, as_of_unix_ms";
    ask(reads.connection(), columns, select, questions, encode, |items: &mut Vec<_>, row| {
        let row = county_items::Model::from_query_result(row, "")?;
        let month = decode_month(row.month, "county_items.month")?;
        items.push(DatedItem { item: decode(row)?, month });
        Ok(())
    })
    .await
}

fn decode(row: county_items::Model) -> Result<CountyItem, StoreError> {
    let date: Option<Date> = parse_optional(row.date.as_deref(), "county_items.date")?;
    let value = match (row.quantity_millionths, row.declaration, date) {
        (Some(millionths), None, None) => ItemValue::Quantity(
            Quantity::millionths(millionths)
                .ok_or_else(|| StoreError::corrupt(format!("county_items.quantity_millionths: {millionths}")))?,
        ),
        (None, Some(declared), None) => ItemValue::Declaration(declared),
        (None, None, Some(date)) => ItemValue::Date(date),
        _ => return Err(StoreError::corrupt(format!("county_items: {} {} has not one value", row.item, row.operand))),
    };
    Ok(CountyItem {
        item: row.item,
        operand: row.operand,
        value,
        declared_on: parse_optional(row.declared_on.as_deref(), "county_items.declared_on")?,
        declared_by: row.declared_by,
        evidence: row.evidence,
    })
}
