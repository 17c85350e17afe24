//! Table `school_facts`. Written by ingest, read by evaluation and reporting.
//!
//! One column per element of the catalogue: a count stands under the element's id, an amount as hundredths in
//! `<id>_hundredths`. The columns come from the catalogue, so there is no second list of them but the migrations'.

use junheng_domain::{
    code::{Month, RegionCode},
    element::{Element, Kind as Unit},
    facts::SchoolFacts,
    quantity::Quantity,
};
use sea_orm::{ConnectionTrait, DatabaseBackend, QueryResult, Value};

use crate::{
    Reads, StoreError, WriteTransaction,
    bulk::{Kind, ask, insert},
    encoding::{number as decode_number, parse, statement},
};

const TABLE: &str = "school_facts";

/// The column of an element.
#[must_use]
pub fn column(element: Element) -> String {
    match element.definition().kind {
        Unit::Count => element.id().to_owned(),
        Unit::Amount => format!("{}_hundredths", element.id()),
    }
}

/// Inserts the facts of an accepted or held submission, one row per school.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a value has decimals that its column cannot hold.
pub async fn insert_many(
    transaction: &WriteTransaction,
    county: &RegionCode,
    month: Month,
    number: u32,
    facts: &[SchoolFacts],
) -> Result<(), StoreError> {
    let number: i32 = decode_number(number, "school_facts.number")?;
    let same = [("county_code", county.as_str().into()), ("month", month.ordinal().into()), ("number", number.into())];
    let school_code = ("school_code".to_owned(), Kind::Text);
    let columns: Vec<_> =
        std::iter::once(school_code).chain(Element::all().map(|element| (column(element), Kind::BigInt))).collect();
    let encode = |school: &SchoolFacts| -> Result<Vec<Value>, StoreError> {
        let code = Ok(school.school.as_str().into());
        let values = Element::all().map(|element| Ok(encode(element, school.get(element))?.into()));
        std::iter::once(code).chain(values).collect()
    };
    let rows = facts.iter().map(encode).collect::<Result<_, _>>()?;
    insert(transaction.connection(), TABLE, same, &columns, rows).await
}

/// Lists the facts of an accepted or held submission, by school code.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list(
    reads: &impl Reads,
    county: &RegionCode,
    month: Month,
    number: u32,
) -> Result<Vec<SchoolFacts>, StoreError> {
    let db = reads.connection();
    if db.get_database_backend() != DatabaseBackend::Sqlite {
        return Ok(list_many(reads, &[(county.clone(), month, number)]).await?.pop().unwrap_or_default());
    }
    let columns: Vec<String> = Element::all().map(column).collect();
    let sql = format!(
        "SELECT json_group_array(json_array(school_code, json_array({})) ORDER BY school_code) FROM school_facts
        WHERE county_code = $1 AND month = $2 AND number = $3",
        columns.join(", ")
    );
    let values = [county.as_str().into(), month.ordinal().into(), i64::from(number).into()];
    // One text: a row that its thread hands over by itself costs two changes of threads.
    let row = db.query_one_raw(statement(db, &sql, values)).await?;
    let text: String = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    let rows: Vec<(String, Vec<Option<i64>>)> =
        serde_json::from_str(&text).map_err(|error| StoreError::corrupt(format!("{TABLE}: {error}")))?;
    rows.iter()
        .map(|(school, stored)| facts(school, |element| Ok(stored.get(element.index()).copied().flatten())))
        .collect()
}

/// Lists the facts of many accepted or held submissions, each named by its county, month and number, in that order; within one by
/// school code.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_many(
    reads: &impl Reads,
    submissions: &[(RegionCode, Month, u32)],
) -> Result<Vec<Vec<SchoolFacts>>, StoreError> {
    let columns: Vec<String> = Element::all().map(|element| format!("school_facts.{}", column(element))).collect();
    let select = format!(
        "SELECT wanted.place, school_facts.school_code, {} FROM wanted CROSS JOIN school_facts
        WHERE school_facts.county_code = wanted.county_code AND school_facts.month = wanted.month
            AND school_facts.number = wanted.number
        ORDER BY wanted.place, school_facts.school_code",
        columns.join(", ")
    );
    let encode = |(county, month, number): &(RegionCode, Month, u32)| {
        [county.as_str().into(), month.ordinal().into(), i64::from(*number).into()]
    };
    ask(reads.connection(), "county_code, month, number", &select, submissions, encode, |facts: &mut Vec<_>, row| {
        facts.push(decode(row)?);
        Ok(())
    })
    .await
}

fn encode(element: Element, value: Option<Quantity>) -> Result<Option<i64>, StoreError> {
    let Some(value) = value else { return Ok(None) };
    let stored = match element.definition().kind {
        Unit::Count => value.as_whole(),
        Unit::Amount => value.as_hundredths(),
    };
    let too_fine = || StoreError::corrupt(format!("school_facts.{}: {value} has too many decimals", column(element)));
    stored.map(Some).ok_or_else(too_fine)
}

fn decode(row: &QueryResult) -> Result<SchoolFacts, StoreError> {
    let school: String = row.try_get_by_index(1)?;
    facts(&school, |element| Ok(row.try_get_by_index(element.index() + 2)?))
}

/// The facts of a school from what its columns hold.
fn facts(school: &str, stored: impl Fn(Element) -> Result<Option<i64>, StoreError>) -> Result<SchoolFacts, StoreError> {
    let mut facts = SchoolFacts::missing(parse(school, "school_facts.school_code")?);
    for element in Element::all() {
        let Some(stored) = stored(element)? else { continue };
        let value = match element.definition().kind {
            Unit::Count => Quantity::whole(stored),
            Unit::Amount => Quantity::hundredths(stored),
        };
        let too_large = || StoreError::corrupt(format!("school_facts.{}: {stored} is too large", column(element)));
        facts.set(element, Some(value.ok_or_else(too_large)?));
    }
    Ok(facts)
}
