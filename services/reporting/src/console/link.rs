//! Addresses of the pages: the only place that makes them.

use std::fmt::Write as _;

use junheng_domain::code::{Month, RegionCode};

use super::period::Period;

/// A link as people read it.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) text: String,
    pub(crate) href: String,
}

impl Link {
    pub(crate) fn new(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { text: text.into(), href: href.into() }
    }
}

/// An address about all regions that may be asked about, where that is a single one: the same about it.
pub(crate) fn within(region: &RegionCode, path: &str, query: Option<&str>) -> String {
    let path = path.trim_end_matches('/');
    query.map_or_else(|| format!("/regions/{region}{path}"), |query| format!("/regions/{region}{path}?{query}"))
}

/// A region, as it stands in a month by a standard; `None`: in the newest.
pub(crate) fn region(code: &RegionCode, period: Option<&Period>) -> String {
    with(&format!("/regions/{code}"), period)
}

/// One indicator of a county: how uneven it is, over the months and between its units.
pub(crate) fn indicator(county: &RegionCode, period: &Period, id: &str) -> String {
    format!("{}&indicator={}#indicator", region(county, Some(period)), encoded(id))
}

/// A school or unit.
pub(crate) fn school(county: &RegionCode, code: &str, period: Option<&Period>) -> String {
    with(&format!("/regions/{county}/schools/{}", encoded(code)), period)
}

/// A submission.
pub(crate) fn submission(county: &RegionCode, month: Month, number: u32) -> String {
    format!("/regions/{county}/submissions/{month}.{number}")
}

/// Who reported when; `None`: all regions.
pub(crate) fn inflow(region: Option<&RegionCode>, to: Option<Month>) -> String {
    of_months(region, "inflow", "to", to)
}

/// What the checks found; `None`: in all regions.
pub(crate) fn findings(region: Option<&RegionCode>, month: Option<Month>) -> String {
    of_months(region, "findings", "month", month)
}

/// What there is of a region or of all, by months.
fn of_months(region: Option<&RegionCode>, page: &str, parameter: &str, month: Option<Month>) -> String {
    let above = region.map(|code| format!("/regions/{code}")).unwrap_or_default();
    let month = month.map(|month| format!("?{parameter}={month}")).unwrap_or_default();
    format!("{above}/{page}{month}")
}

/// A draft to download.
pub(crate) fn draft(county: &RegionCode, period: &Period, extension: &str) -> String {
    file(county, "drafts", period, extension)
}

/// A bulletin to download.
pub(crate) fn bulletin(region: &RegionCode, period: &Period, extension: &str) -> String {
    file(region, "bulletins", period, extension)
}

/// A file that is made of a region's month by a standard.
fn file(region: &RegionCode, folder: &str, period: &Period, extension: &str) -> String {
    format!("/regions/{region}/{folder}/{}.{}.{extension}", period.month, encoded(&period.standard))
}

/// The statistics of a month to download.
pub(crate) fn statistics(county: &RegionCode, month: Month) -> String {
    format!("/regions/{county}/statistics/{month}")
}

/// Counties below a region side by side.
pub(crate) fn comparison(region: &RegionCode, period: &Period) -> String {
    with(&format!("/regions/{region}/comparison"), Some(period))
}

/// Figures of a region month by month; a period is the last month.
pub(crate) fn series(region: &RegionCode, period: Option<&Period>) -> String {
    with(&format!("/regions/{region}/series"), period)
}

/// An issued report to download.
pub(crate) fn issued_report(county: &RegionCode, number: u32) -> String {
    format!("/regions/{county}/reports/{number}")
}

/// A standard.
pub(crate) fn standard(id: &str) -> String {
    format!("/standards/{}", encoded(id))
}

fn with(path: &str, period: Option<&Period>) -> String {
    let query = period.map(|Period { month, standard }| format!("?month={month}&standard={}", encoded(standard)));
    format!("{path}{}", query.unwrap_or_default())
}

/// A query of parameters; empty ones are left out.
pub(crate) fn query(path: &str, parameters: &[(&str, &str)]) -> String {
    let told: Vec<String> = parameters
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    if told.is_empty() { path.to_owned() } else { format!("{path}?{}", told.join("&")) }
}

/// A text as it stands in an address (RFC 3986, unreserved characters as they are).
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_break_out_of_an_address() {
        assert_eq!(query("/x", &[("q", "第一 \"&<"), ("sort", "")]), "/x?q=%E7%AC%AC%E4%B8%80%20%22%26%3C");
        assert_eq!(query("/x", &[("q", "")]), "/x");
    }
}
