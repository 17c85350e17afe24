//! What is reported when: calendars, how counties stand, changes ↔ `junheng.ingest.v1`.

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    inflow::{CalendarEntry, DueDay, Standing},
};
use junheng_proto::ingest::v1 as proto;
use junheng_store::{
    inflow::{Place, Revision},
    standings::MonthStanding,
};

use crate::{name, time};

/// Encodes what holds; `None`: the default.
#[must_use]
pub fn encode_calendar(holds: Option<(&CalendarEntry, DueDay)>) -> proto::ReportingCalendar {
    let day = holds.map_or(DueDay::DEFAULT, |(_, day)| day);
    proto::ReportingCalendar {
        region: holds.map(|(entry, _)| name::region(&entry.region)).unwrap_or_default(),
        from_month: holds.map(|(entry, _)| entry.from.to_string()).unwrap_or_default(),
        due_day: Some(u32::from(day.number())),
    }
}

/// Encodes how a county stands with a month.
#[must_use]
pub fn encode_month(month: Month, of: &MonthStanding) -> proto::MonthReporting {
    let sent = &of.sent;
    proto::MonthReporting {
        month: month.to_string(),
        state: encode_standing(of.standing).into(),
        due_on: of.due.due_on(month).to_string(),
        overdue: Some(of.overdue),
        corrected: Some(sent.revision.is_some_and(|revision| revision > 1)),
        revision: sent.revision,
        first_accepted_at: sent.sent.first_accepted.map(time::encode),
        last_accepted_at: sent.last_accepted.map(time::encode),
        submission_count: Some(sent.sent.submissions),
        refused_count: Some(sent.sent.refused),
        withdrawn: Some(sent.sent.first_accepted.is_some() && !sent.sent.counts),
        held: Some(sent.sent.waits),
    }
}

/// Encodes how a county stands.
#[must_use]
pub const fn encode_standing(standing: Standing) -> proto::ReportingState {
    match standing {
        Standing::OnTime => proto::ReportingState::OnTime,
        Standing::Late => proto::ReportingState::Late,
        Standing::Held => proto::ReportingState::Held,
        Standing::RefusedOnly => proto::ReportingState::RefusedOnly,
        Standing::Missing => proto::ReportingState::Missing,
        Standing::Awaited => proto::ReportingState::Awaited,
        Standing::NotBegun => proto::ReportingState::NotBegun,
    }
}

/// Encodes a revision that became known.
#[must_use]
pub fn encode_change(revision: &Revision) -> proto::Change {
    let state = if revision.accepted { proto::SubmissionState::Accepted } else { proto::SubmissionState::Withdrawn };
    proto::Change {
        submission: name::submission(&revision.county, revision.month, revision.number),
        region: name::region(&revision.county),
        month: revision.month.to_string(),
        state: state.into(),
        revision: Some(revision.revision),
        content_digest: revision.content_digest.clone(),
        known_at: Some(time::encode(revision.known_at)),
    }
}

/// How far the changes of a region were listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// The region; `None`: the nation.
    pub region: Option<RegionCode>,
    /// Digest of the counties that belonged to it.
    pub counties: String,
    /// Everything up to this instant was listed, or is being listed.
    pub to: Timestamp,
    /// The last one listed, where some up to `to` are still to be listed.
    pub place: Option<Place>,
}

impl Resume {
    /// Writes it as a token.
    #[must_use]
    pub fn token(&self) -> String {
        let region = self.region.as_ref().map_or("-", RegionCode::as_str);
        let place = self.place.as_ref().map(|(known_at, county, month, number)| {
            format!(".{}.{county}.{month}.{number}", known_at.as_millisecond())
        });
        format!("{region}.{}.{}{}", self.counties, self.to.as_millisecond(), place.unwrap_or_default())
    }

    /// Reads a token; `None`: it is none.
    #[must_use]
    pub fn read(token: &str) -> Option<Self> {
        let parts: Vec<&str> = token.split('.').collect();
        let instant = |text: &str| Timestamp::from_millisecond(text.parse().ok()?).ok();
        let (region, counties, to, place) = match parts.as_slice() {
            [region, counties, to] => (region, counties, to, None),
            [region, counties, to, known_at, county, month, number] => {
                let place = (instant(known_at)?, county.parse().ok()?, month.parse().ok()?, number.parse().ok()?);
                (region, counties, to, Some(place))
            }
            _ => return None,
        };
        let region = if *region == "-" { None } else { Some(region.parse().ok()?) };
        Some(Self { region, counties: (*counties).to_owned(), to: instant(to)?, place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_was_written_is_read_again_and_nothing_else_is() {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        let county: RegionCode = "210922".parse().unwrap();
        let place = (at(5), county.clone(), "2024-12".parse().unwrap(), 3);
        for (region, place) in [(None, None), (Some(county), Some(place))] {
            let resume = Resume { region, counties: "0a1b".to_owned(), to: at(9), place };

            assert_eq!(Resume::read(&resume.token()), Some(resume));
        }
        for token in ["", "x", "210922.a", "210922.a.x", "2109.a.9", "210922.a.9.5", "210922.a.9.5.210922.2024-13.1"] {
            assert_eq!(Resume::read(token), None, "{token}");
        }
    }
}
