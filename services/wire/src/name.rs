//! Resource names: `regions/210922`, `regions/210922/schools/3121000001`, `regions/210922/submissions/2024-12.3`,
//! `regions/210922/evaluations/2024-12.national-quality-2017`, `regions/210922/waivers/3`, `regions/210922/reports/7`, `standards/national-quality-2017`.

use junheng_domain::code::{Month, RegionCode, SchoolCode};

/// Name of the nation: all regions.
pub const NATION: &str = "regions/-";

/// A text that is not the resource name that was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a name of the form {form}")]
pub struct NameError {
    pub(crate) form: &'static str,
}

impl NameError {
    pub(crate) const fn of_school() -> Self {
        Self { form: "regions/210922/schools/3121000001" }
    }
}

/// Name of a region.
#[must_use]
pub fn region(code: &RegionCode) -> String {
    format!("regions/{code}")
}

/// Name of a school.
#[must_use]
pub fn school(county: &RegionCode, code: &SchoolCode) -> String {
    format!("regions/{county}/schools/{code}")
}

/// Name of a submission: the month and its number within it.
#[must_use]
pub fn submission(county: &RegionCode, month: Month, number: u32) -> String {
    format!("regions/{county}/submissions/{month}.{number}")
}

/// Name of an evaluation.
#[must_use]
pub fn evaluation(county: &RegionCode, month: Month, standard: &str) -> String {
    format!("regions/{county}/evaluations/{month}.{standard}")
}

/// Name of a granted waiver: its number within the county.
#[must_use]
pub fn waiver(county: &RegionCode, number: u32) -> String {
    format!("regions/{county}/waivers/{number}")
}

/// Name of an issued report: its number within the county.
#[must_use]
pub fn report(county: &RegionCode, number: u32) -> String {
    format!("regions/{county}/reports/{number}")
}

/// Name of a standard.
#[must_use]
pub fn standard(id: &str) -> String {
    format!("standards/{id}")
}

/// Reads the name of a region.
///
/// # Errors
///
/// [`NameError`] when it is none.
pub fn parse_region(name: &str) -> Result<RegionCode, NameError> {
    let form = NameError { form: "regions/210922" };
    name.strip_prefix("regions/").and_then(|code| code.parse().ok()).ok_or(form)
}

/// Reads the name of a region, or of the nation: `None`.
///
/// # Errors
///
/// [`NameError`] when it is none.
pub fn parse_region_or_nation(name: &str) -> Result<Option<RegionCode>, NameError> {
    if name == NATION {
        return Ok(None);
    }
    parse_region(name).map(Some).map_err(|_| NameError { form: "regions/210922 (regions/-: the nation)" })
}

/// Reads the name of a school.
///
/// # Errors
///
/// [`NameError`] when it is none.
pub fn parse_school(name: &str) -> Result<(RegionCode, String), NameError> {
    child(name, "schools").map(|(county, code)| (county, code.to_owned())).ok_or(NameError::of_school())
}

/// Reads the name of a submission.
///
/// # Errors
///
/// [`NameError`] when it is none.
pub fn parse_submission(name: &str) -> Result<(RegionCode, Month, u32), NameError> {
    let form = NameError { form: "regions/210922/submissions/2024-12.1" };
    let parse = || {
        let (county, id) = child(name, "submissions")?;
        let (month, number) = id.split_once('.').filter(|(_, number)| number.len() <= 10)?;
        Some((county, month.parse().ok()?, number.parse().ok()?))
    };
    parse().ok_or(form)
}

/// Reads the name of an evaluation.
///
/// # Errors
///
/// [`NameError`] when it is none.
pub fn parse_evaluation(name: &str) -> Result<(RegionCode, Month, String), NameError> {
    let form = NameError { form: "regions/210922/evaluations/2024-12.national-quality-2017" };
    let parse = || {
        let (county, id) = child(name, "evaluations")?;
        let (month, standard) = id.split_once('.').filter(|(_, standard)| standard_id(standard))?;
        Some((county, month.parse().ok()?, standard.to_owned()))
    };
    parse().ok_or(form)
}

/// Reads the name of a granted waiver.
///
/// # Errors
///
/// [`NameError`] when it is none.
pub fn parse_waiver(name: &str) -> Result<(RegionCode, u32), NameError> {
    numbered(name, "waivers").ok_or(NameError { form: "regions/210922/waivers/3" })
}

/// Reads the name of an issued report.
///
/// # Errors
///
/// [`NameError`] when it is none.
pub fn parse_report(name: &str) -> Result<(RegionCode, u32), NameError> {
    numbered(name, "reports").ok_or(NameError { form: "regions/210922/reports/7" })
}

/// Reads the name of a standard.
///
/// # Errors
///
/// [`NameError`] when it is none.
pub fn parse_standard(name: &str) -> Result<String, NameError> {
    let form = NameError { form: "standards/national-quality-2017" };
    name.strip_prefix("standards/").filter(|id| standard_id(id)).map(ToOwned::to_owned).ok_or(form)
}

/// Whether a text can be the id of a standard: 1 to 64 letters, digits, `.`, `_`, `-`.
fn standard_id(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=64).contains(&id.len()) && id.bytes().all(allowed)
}

fn numbered(name: &str, collection: &str) -> Option<(RegionCode, u32)> {
    let (county, number) = child(name, collection)?;
    let digits = number.len() <= 10 && number.bytes().all(|byte| byte.is_ascii_digit());
    Some((county, number.parse().ok().filter(|_| digits)?))
}

fn child<'a>(name: &'a str, collection: &str) -> Option<(RegionCode, &'a str)> {
    let mut parts = name.split('/');
    let (regions, county, found, id) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if regions != "regions" || found != collection || parts.next().is_some() || id.is_empty() {
        return None;
    }
    Some((county.parse().ok()?, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_was_written_is_read_again() {
        let county: RegionCode = "210922".parse().unwrap();
        let month: Month = "2024-12".parse().unwrap();

        assert_eq!(parse_region(&region(&county)).unwrap(), county);
        assert_eq!(parse_region_or_nation(&region(&county)).unwrap(), Some(county.clone()));
        assert_eq!(parse_region_or_nation(NATION).unwrap(), None);
        assert_eq!(parse_submission(&submission(&county, month, 3)).unwrap(), (county.clone(), month, 3));
        assert_eq!(
            parse_evaluation(&evaluation(&county, month, "a-1")).unwrap(),
            (county.clone(), month, "a-1".to_owned())
        );
        assert_eq!(parse_waiver(&waiver(&county, 3)).unwrap(), (county.clone(), 3));
        assert_eq!(parse_report(&report(&county, 7)).unwrap(), (county, 7));
        assert_eq!(parse_standard(&standard("a-1")).unwrap(), "a-1");
    }

    #[test]
    fn anything_else_is_refused() {
        for name in ["", "210922", "regions/", "regions/21", "regions/210922/schools", "region/210922"] {
            assert!(parse_region(name).is_err(), "{name}");
            assert!(parse_region_or_nation(name).is_err(), "{name}");
        }
        for name in [
            "regions/210922/submissions/2024-12",
            "regions/210922/submissions/2024-12.x",
            "regions/210922/submissions/2024-12.1/x",
            "regions/210922/schools/2024-12.1",
        ] {
            assert!(parse_submission(name).is_err(), "{name}");
            assert!(parse_waiver(&name.replace("submissions", "waivers")).is_err(), "{name}");
            assert!(parse_report(&name.replace("submissions", "reports")).is_err(), "{name}");
        }
    }
}
