//! The month and the standard that a page shows, and the form that chooses others.

use std::collections::BTreeSet;

use junheng_domain::{code::Month, standard::NATIONAL_DEFAULT};
use junheng_store::{Reads, Store};
use serde::Deserialize;

use super::{
    error::PageError,
    page::{Choice, Chooser, Field},
};
use crate::report::shown;

/// A month, as a page that does not find it calls it.
pub(super) const MONTH: &str = "月份（网址中应写成2024-12的样子）";

/// A month, judged by a standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) month: Month,
    pub(crate) standard: String,
}

/// What an address asks for; what stands there empty is not asked for.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    month: String,
    #[serde(default)]
    standard: String,
}

impl Asked {
    /// What is shown of what there is, newest month first: without a month the newest, without a standard the nation's. `None`: there
    /// is nothing.
    pub(crate) fn choose(&self, judged: &[(Month, String)]) -> Result<Option<Period>, PageError> {
        let month = match self.month.as_str() {
            "" => None,
            text => Some(text.parse::<Month>().map_err(|_| PageError::Choice(MONTH.to_owned()))?),
        };
        let wanted = |(judged, standard): &&(Month, String)| {
            month.is_none_or(|month| month == *judged) && (self.standard.is_empty() || self.standard == *standard)
        };
        let fits: Vec<&(Month, String)> = judged.iter().filter(wanted).collect();
        let newest = fits.first().map(|(month, _)| *month);
        let of_newest = fits.iter().filter(|(month, _)| Some(*month) == newest);
        let found = of_newest.clone().find(|(_, standard)| standard == NATIONAL_DEFAULT).or(of_newest.clone().next());
        match found {
            Some((month, standard)) => Ok(Some(Period { month: *month, standard: standard.clone() })),
            None if month.is_none() && self.standard.is_empty() => Ok(None),
            None => Err(PageError::Choice("评估结果".to_owned())),
        }
    }
}

/// The form that chooses among the months and standards that there are.
pub(crate) async fn chooser(
    store: &Store,
    reads: &impl Reads,
    action: String,
    judged: &[(Month, String)],
    period: &Period,
) -> Result<Chooser, PageError> {
    let months: BTreeSet<Month> = judged.iter().map(|(month, _)| *month).collect();
    let ids: BTreeSet<&String> = judged.iter().map(|(_, standard)| standard).collect();
    let mut standards = vec![];
    for id in ids {
        let title = title(store, reads, id).await?;
        standards.push(Choice { value: id.clone(), text: title, chosen: *id == period.standard });
    }
    let months = months.into_iter().rev().map(|month| choice(month, month == period.month)).collect();
    Ok(Chooser {
        action,
        fields: vec![
            Field { name: "month", label: "月份", options: months },
            Field { name: "standard", label: "评估标准", options: standards },
        ],
        kept: vec![],
    })
}

/// A month to choose.
pub(crate) fn choice(month: Month, chosen: bool) -> Choice {
    let value = month.to_string();
    Choice { text: shown::month(&value), value, chosen }
}

/// What a standard is called, its id where nobody knows it any more.
pub(crate) async fn title(store: &Store, reads: &impl Reads, id: &str) -> Result<String, PageError> {
    let found = store.standards().find(reads, id).await?;
    Ok(found.map_or_else(|| id.to_owned(), |registered| registered.standard.title.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged() -> Vec<(Month, String)> {
        [("2024-12", "national-basic-2012"), ("2024-12", NATIONAL_DEFAULT), ("2024-11", "liaoning")]
            .map(|(month, standard)| (month.parse().unwrap(), standard.to_owned()))
            .to_vec()
    }

    fn chosen(month: &str, standard: &str) -> Option<(String, String)> {
        let asked = Asked { month: month.to_owned(), standard: standard.to_owned() };
        let period = asked.choose(&judged()).ok()??;
        Some((period.month.to_string(), period.standard))
    }

    #[test]
    fn without_a_wish_the_newest_month_by_the_standard_of_the_nation_is_shown() {
        let pair = |month: &str, standard: &str| Some((month.to_owned(), standard.to_owned()));

        assert_eq!(chosen("", ""), pair("2024-12", NATIONAL_DEFAULT));
        assert_eq!(chosen("2024-11", ""), pair("2024-11", "liaoning"));
        assert_eq!(chosen("", "liaoning"), pair("2024-11", "liaoning"));
        assert_eq!(chosen("2024-12", "national-basic-2012"), pair("2024-12", "national-basic-2012"));
    }

    #[test]
    fn what_is_not_there_is_missing_and_not_something_else() {
        for (month, standard) in [("2024-10", ""), ("2024-12", "liaoning"), ("soon", ""), ("", "unknown")] {
            assert_eq!(chosen(month, standard), None, "{month} {standard}");
        }
        assert_eq!(Asked::default().choose(&[]).unwrap(), None);
    }
}
