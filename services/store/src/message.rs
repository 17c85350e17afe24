//! A statement with its parameters on its way to the database, and several of them in one.

use std::fmt::Write as _;

use sea_orm::{
    DatabaseBackend, DbErr, RuntimeErr, Statement, Value,
    sqlx::{Arguments, Encode, Error as SqlxError, Type, postgres::PgArguments, sqlite::SqliteArguments},
};

/// A parameter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Parameter {
    One(Value),
    /// A column of many rows; as it is on PostgreSQL only.
    Texts(Vec<Option<String>>),
    Numbers(Vec<Option<i64>>),
    Truths(Vec<Option<bool>>),
}

impl Parameter {
    /// The value that a column has in a row.
    pub(crate) fn of_row(&self, row: usize) -> Value {
        match self {
            Self::One(value) => value.clone(),
            Self::Texts(texts) => texts.get(row).cloned().flatten().into(),
            Self::Numbers(numbers) => numbers.get(row).copied().flatten().into(),
            Self::Truths(truths) => truths.get(row).copied().flatten().into(),
        }
    }

    /// The type of a column's values on PostgreSQL.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Numbers(_) | Self::One(Value::BigInt(_)) => "bigint",
            Self::Truths(_) | Self::One(Value::Bool(_)) => "boolean",
            Self::One(Value::Int(_)) => "integer",
            Self::One(Value::Bytes(_)) => "bytea",
            Self::Texts(_) | Self::One(_) => "text",
        }
    }
}

impl From<Value> for Parameter {
    fn from(value: Value) -> Self {
        Self::One(value)
    }
}

/// A statement with its parameters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    pub(crate) sql: String,
    pub(crate) parameters: Vec<Parameter>,
}

impl From<Statement> for Message {
    fn from(statement: Statement) -> Self {
        let values = statement.values.map(|values| values.0).unwrap_or_default();
        Self { sql: statement.sql, parameters: values.into_iter().map(Parameter::One).collect() }
    }
}

impl Message {
    pub(crate) fn new(sql: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Self {
        Self { sql: sql.into(), parameters: values.into_iter().map(Parameter::One).collect() }
    }

    /// Puts writes that do not need each other into one message. Their parameters are `$1`, `$2`, …, or bare question marks on SQLite.
    ///
    /// On PostgreSQL they are one statement of which the first is done first, the others in an order of its own, and none sees what the others
    /// write; on SQLite they follow each other.
    pub(crate) fn together(backend: DatabaseBackend, messages: Vec<Self>) -> Self {
        if backend == DatabaseBackend::Sqlite {
            return Self::in_line(messages);
        }
        let mut messages = messages.into_iter();
        let Some(Self { sql: first, mut parameters }) = messages.next() else { return Self::new("", []) };
        let mut sql = String::new();
        for (place, message) in messages.enumerate() {
            let with = if place == 0 { "WITH" } else { "," };
            // Writing to a string cannot fail.
            let _ = write!(sql, "{with} write_{place} AS ({})", shifted(&message.sql, parameters.len()));
            parameters.extend(message.parameters);
        }
        if !sql.is_empty() {
            sql.push(' ');
        }
        sql.push_str(&first);
        Self { sql, parameters }
    }

    /// One text. The driver counts bare question marks on from statement to statement and knows nothing of numbers: so their parameters lead.
    fn in_line(messages: Vec<Self>) -> Self {
        let numbered = |message: &Self| message.sql.contains('$');
        let bare: usize =
            messages.iter().filter(|message| !numbered(message)).map(|message| message.parameters.len()).sum();
        let (mut leading, mut following) = (Vec::with_capacity(bare), vec![]);
        let mut sql = String::new();
        for message in messages {
            if !sql.is_empty() {
                sql.push_str("; ");
            }
            if numbered(&message) {
                sql.push_str(&shifted(&message.sql, bare + following.len()));
                following.extend(message.parameters);
            } else {
                sql.push_str(&message.sql);
                leading.extend(message.parameters);
            }
        }
        leading.extend(following);
        Self { sql, parameters: leading }
    }

    pub(crate) fn postgres(self) -> Result<(String, PgArguments), DbErr> {
        let mut arguments = PgArguments::default();
        for parameter in self.parameters {
            let added = match parameter {
                Parameter::One(value) => add(&mut arguments, value)?,
                Parameter::Texts(texts) => arguments.add(texts),
                Parameter::Numbers(numbers) => arguments.add(numbers),
                Parameter::Truths(truths) => arguments.add(truths),
            };
            added.map_err(unfit)?;
        }
        Ok((self.sql, arguments))
    }

    pub(crate) fn sqlite(self) -> Result<(String, SqliteArguments), DbErr> {
        let mut arguments = SqliteArguments::default();
        arguments.reserve(self.parameters.len(), 0);
        for parameter in self.parameters {
            let Parameter::One(value) = parameter else { return Err(unfit("SQLite has no arrays".into())) };
            add(&mut arguments, value)?.map_err(unfit)?;
        }
        Ok((self.sql, arguments))
    }
}

type Added = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Adds a value of a kind that the tables have.
fn add<A: Arguments>(arguments: &mut A, value: Value) -> Result<Added, DbErr>
where
    for<'q> Option<bool>: Encode<'q, A::Database> + Type<A::Database>,
    for<'q> Option<i32>: Encode<'q, A::Database> + Type<A::Database>,
    for<'q> Option<i64>: Encode<'q, A::Database> + Type<A::Database>,
    for<'q> Option<String>: Encode<'q, A::Database> + Type<A::Database>,
    for<'q> Option<Vec<u8>>: Encode<'q, A::Database> + Type<A::Database>,
{
    Ok(match value {
        Value::Bool(value) => arguments.add(value),
        Value::Int(value) => arguments.add(value),
        Value::BigInt(value) => arguments.add(value),
        // What a query is limited to.
        Value::BigUnsigned(value) => arguments.add(value.map(|value| i64::try_from(value).unwrap_or(i64::MAX))),
        Value::String(value) => arguments.add(value),
        Value::Bytes(value) => arguments.add(value),
        value => return Err(unfit(format!("no column holds {value:?}").into())),
    })
}

fn unfit(error: Box<dyn std::error::Error + Send + Sync>) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(SqlxError::Encode(error).into()))
}

/// The statement with its parameters counted on from so many others.
fn shifted(sql: &str, by: usize) -> String {
    let mut parts = sql.split('$');
    let mut shifted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        let number = number.parse::<usize>().map_or_else(|_| number.to_owned(), |number| (number + by).to_string());
        shifted.push('$');
        shifted.push_str(&number);
        shifted.push_str(rest);
    }
    shifted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_in_one_message_keep_their_own_parameters() {
        let first = || Message::new("DELETE FROM b WHERE c = $1", ["d".into()]);
        let other = || Message::new("INSERT INTO a VALUES ($1, $2, $1)", [1.into(), 2.into()]);
        let bare = || Message::new("INSERT INTO e VALUES (?)", [3.into()]);

        let postgres = Message::together(DatabaseBackend::Postgres, vec![first(), other(), other()]);
        let sqlite = Message::together(DatabaseBackend::Sqlite, vec![first(), bare(), other(), bare()]);

        assert_eq!(
            postgres.sql,
            "WITH write_0 AS (INSERT INTO a VALUES ($2, $3, $2)), write_1 AS (INSERT INTO a VALUES ($4, $5, $4)) \
             DELETE FROM b WHERE c = $1"
        );
        assert_eq!(postgres.parameters, ["d".into(), 1.into(), 2.into(), 1.into(), 2.into()].map(Parameter::One));
        assert_eq!(
            sqlite.sql,
            "DELETE FROM b WHERE c = $3; INSERT INTO e VALUES (?); INSERT INTO a VALUES ($4, $5, $4); INSERT INTO e VALUES (?)"
        );
        assert_eq!(sqlite.parameters, [3.into(), 3.into(), "d".into(), 1.into(), 2.into()].map(Parameter::One));
        for backend in [DatabaseBackend::Postgres, DatabaseBackend::Sqlite] {
            assert_eq!(Message::together(backend, vec![first()]), first());
        }
    }
}
