use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

const MASK: &str = "***";

/// A database url whose password is shown to the driver only.
///
/// `Debug`, `Display` and `Serialize` mask the password before `@` and a `password=` parameter.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// Takes a url as it is.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// Returns the url with its password: for the driver, never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn masked(&self) -> String {
        mask_parameter(&mask_user(&self.0))
    }
}

/// Masks `password` in `scheme://user:password@host`. The last `@` counts, so that a password with a raw `@` or `/` stays hidden.
fn mask_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    match rest.rsplit_once('@') {
        Some((user_and_password, host)) => match user_and_password.split_once(':') {
            Some((user, _)) => format!("{scheme}://{user}:{MASK}@{host}"),
            None => url.to_owned(),
        },
        None => url.to_owned(),
    }
}

fn mask_parameter(url: &str) -> String {
    let Some((head, query)) = url.split_once('?') else {
        return url.to_owned();
    };
    let parameters: Vec<String> = query
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some((name, _)) if name.eq_ignore_ascii_case("password") => format!("{name}={MASK}"),
            _ => parameter.to_owned(),
        })
        .collect();
    format!("{head}?{}", parameters.join("&"))
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.masked())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.masked())
    }
}

impl Serialize for DatabaseUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_is_masked() {
        for (url, shown) in [
            ("sqlite://junheng.db?mode=rwc", "sqlite://junheng.db?mode=rwc"),
            ("postgres://edu:p@ss/w:rd@db:5432/edu", "postgres://edu:***@db:5432/edu"),
            ("postgres://edu@db/edu?password=x&sslmode=require", "postgres://edu@db/edu?password=***&sslmode=require"),
        ] {
            assert_eq!(DatabaseUrl::new(url).to_string(), shown);
        }
    }
}
