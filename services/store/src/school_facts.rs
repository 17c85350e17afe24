//! Table `school_facts`. Written by ingest, read by evaluation and reporting.
//!
//! One column per element of the catalogue: a count stands under the element's id, an amount as hundredths in
//! `<id>_hundredths`. The columns come from the catalogue, so there is no second list of them but the migrations'.

use std::sync::LazyLock;

use junheng_domain::{
    code::{Month, RegionCode},
    element::{Element, Kind as Unit},
    facts::SchoolFacts,
    quantity::Quantity,
};
use sea_orm::{ConnectionTrait, DatabaseBackend, QueryResult};

use crate::{
    Reads, StoreError, WriteTransaction,
    bulk::{ask, insert},
    encoding::{Field, number as decode_number, parse, read_rows, rows_as_text, statement},
    message::Parameter,
};

const TABLE: &str = "school_facts";

/// The columns of the elements, in their order.
static COLUMNS: LazyLock<Vec<String>> = LazyLock::new(|| Element::all().map(column).collect());

/// The column of an element.
#[must_use]
pub fn column(element: Element) -> String {
    match element.definition().kind {
        Unit::Count => element.id().to_owned(),
        Unit::Amount => format!("{}_hundredths", element.id()),
    }
}

/// Inserts the facts of an accepted or held submission, one row per school, with the other writes of the transaction.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a value has decimals that its column cannot hold.
pub fn insert_many<'a>(
    transaction: &WriteTransaction,
    county: &RegionCode,
    month: Month,
    number: u32,
    facts: impl IntoIterator<Item = &'a SchoolFacts>,
) -> Result<(), StoreError> {
    let number: i32 = decode_number(number, "school_facts.number")?;
    let same = [("county_code", county.as_str().into()), ("month", month.ordinal().into()), ("number", number.into())];
    let facts: Vec<&SchoolFacts> = facts.into_iter().collect();
    let codes = facts.iter().map(|school| Some(school.school.as_str().to_owned())).collect();
    let mut columns = vec![("school_code", Parameter::Texts(codes))];
    for (element, column) in Element::all().zip(COLUMNS.iter()) {
        let values = facts.iter().map(|school| encode(element, school.get(element)));
        columns.push((column, Parameter::Numbers(values.collect::<Result<_, _>>()?)));
    }
    insert(transaction.connection(), TABLE, same, columns, facts.len());
    Ok(())
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
    let elements = format!("json_array({})", COLUMNS.join(", "));
    let fields = ["school_code", &elements].map(Field::Plain);
    let rows = rows_as_text(db.get_database_backend(), &fields, "school_code");
    let sql = format!("SELECT {rows} FROM school_facts WHERE county_code = $1 AND month = $2 AND number = $3");
    let values = [county.as_str().into(), month.ordinal().into(), i64::from(number).into()];
    let row = db.query_one_raw(statement(db, &sql, values)).await?;
    let text: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?.flatten();
    let rows: Vec<(String, Vec<Option<i64>>)> = read_rows(db.get_database_backend(), text.as_deref(), TABLE)?;
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
    let columns: Vec<String> = COLUMNS.iter().map(|column| format!("school_facts.{column}")).collect();
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
