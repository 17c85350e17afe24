//! From which month on counties have to report: what came before is nobody's fault.

use junheng_domain::{
    code::{Month, RegionCode},
    inflow::Standing,
};
use junheng_runtime::Caller;
use junheng_store::{ReadTransaction, inflow::list_sent};

use super::{
    error::PageError,
    findings::newest,
    place::{Place, Territory},
};
use crate::overview::MonthsInflow;

/// Since when the counties of a page have to report.
///
/// The duty begins with the first month that a reporting calendar sets a due day for, or with the first month that anybody reported of
/// the widest region that the caller may ask about, whichever is earlier; where there is neither, with the last month that can be due.
pub(super) struct Duty {
    /// Where no calendar says an earlier one; `None`: before all months that are shown.
    begins: Option<Month>,
    /// The first month of a county's calendar.
    calendars: Vec<(RegionCode, Month)>,
}

impl Duty {
    /// Finds when it begins, for months of which `inflow` knows what the counties of the page sent.
    pub(super) async fn read(
        reads: &ReadTransaction,
        caller: &Caller,
        place: Option<&Place>,
        own: &Territory,
        inflow: &MonthsInflow,
        (first, last): (Month, Month),
        due: Option<Month>,
    ) -> Result<Self, PageError> {
        let calendar = |county: &RegionCode| Some((county.clone(), inflow.calendar_from(county)?));
        let calendars = own.counties.iter().filter_map(calendar).collect();
        // What a page of a county and one of its province say of the same month is the same.
        let wide = match place {
            Some(place) => Territory::read(reads, caller, Some(place.widest())).await?.counties,
            None => own.counties.clone(),
        };
        let before = Month::from_ordinal(first.ordinal() - 1).unwrap_or(first);
        let reported = async |from: Month, to: Month| -> Result<Option<Month>, PageError> {
            let sent = list_sent(reads, &wide, (from, to), jiff::Timestamp::MAX).await?;
            let accepted = sent.into_iter().filter(|(_, sent)| sent.sent.first_accepted.is_some());
            Ok(accepted.map(|((_, month), _)| month).min())
        };
        // Mostly somebody reported in the month before: a whole history is read only where nobody did.
        let earliest = Month::new(FIRST_YEAR, 1).unwrap_or(before);
        if before < first && (reported(before, before).await?.is_some() || reported(earliest, before).await?.is_some())
        {
            return Ok(Self { begins: None, calendars });
        }
        let begins = match inflow.first_reported() {
            Some(month) if wide.len() == own.counties.len() => Some(month),
            _ => reported(first, last).await?,
        };
        let later = || Month::from_ordinal(last.ordinal() + 1).ok();
        let begins = match begins {
            Some(month) => Some(month),
            None if newest(reads, &wide).await?.is_some_and(|newest| newest > last) => later(),
            None => due,
        };
        Ok(Self { begins, calendars })
    }

    /// How a county stands with a month; `None`: it did not have to report it, and nothing was sent for it.
    pub(super) fn standing(&self, county: &RegionCode, month: Month, standing: Standing) -> Option<Standing> {
        let calendar = self.calendars.iter().find(|(code, _)| code == county).map(|(_, from)| *from);
        let begun = calendar.is_some_and(|from| from <= month) || self.begins.is_none_or(|begins| begins <= month);
        let nothing = matches!(standing, Standing::Missing | Standing::Awaited);
        (begun || !nothing).then_some(standing)
    }
}

/// Before it nobody reported by computer.
const FIRST_YEAR: i32 = 1986;
