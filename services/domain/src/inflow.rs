//! When a month is to be reported, and how a county stands with it.

use jiff::{Timestamp, civil::Date, tz::Offset};

use crate::code::{Month, RegionCode};

/// Day of the month after the reported one until which a month is on time: 1 to 28, so that every month has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueDay(u8);

/// A number that no due day can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a day of every month, 1 to 28")]
pub struct DueDayError;

impl DueDay {
    /// What counts where neither a county nor any region above it has set one: the 15th. No national rule names a day; monthly 调度 in the
    /// second half of a month can rest on what came by then.
    pub const DEFAULT: Self = Self(15);

    /// Makes a due day.
    ///
    /// # Errors
    ///
    /// [`DueDayError`] outside 1 to 28.
    pub fn new(day: u32) -> Result<Self, DueDayError> {
        u8::try_from(day).ok().filter(|day| (1..=28).contains(day)).map(Self).ok_or(DueDayError)
    }

    /// The number, 1 to 28.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Last day on which a month is on time: in the month after it. A month is due in the following month, as its figures are those of
    /// its end.
    #[must_use]
    pub fn due_on(self, month: Month) -> Date {
        let next = month.last_day().tomorrow().unwrap_or(Date::MAX);
        next.with().day(i8::try_from(self.0).unwrap_or(1)).build().unwrap_or(next)
    }

    /// Whether an instant is past the due day of a month: not before its day ends in Asia/Shanghai (UTC+8 all year).
    #[must_use]
    pub fn passed(self, month: Month, at: Timestamp) -> bool {
        Offset::constant(8).to_datetime(at).date() > self.due_on(month)
    }
}

/// What a region says of its due day from a month on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarEntry {
    /// Region.
    pub region: RegionCode,
    /// First month that it holds for; it holds until a later entry of the same region.
    pub from: Month,
    /// `None`: the region has none of its own from then on.
    pub due_day: Option<DueDay>,
}

/// Finds what holds for a month: of the regions, nearest first, the first with an entry that sets a day. `None`: the default.
#[must_use]
pub fn effective<'a>(
    nearest_first: &[RegionCode],
    entries: &'a [CalendarEntry],
    month: Month,
) -> Option<(&'a CalendarEntry, DueDay)> {
    nearest_first.iter().find_map(|region| {
        let own = entries.iter().filter(|entry| entry.region == *region && entry.from <= month);
        let entry = own.max_by_key(|entry| entry.from)?;
        Some((entry, entry.due_day?))
    })
}

/// First month that a county has to report: what came before is nobody's fault.
///
/// The duty begins with the first month that a calendar of the county, or of a region above it, sets a due day for, or with the first month that
/// any county of its province reported and did not withdraw (`first_reported`), whichever is earlier. Where there is neither, with the last month that can be due at
/// the instant: the one before its month. No national rule names a month. `None`: the instant lies in no month that can be told.
#[must_use]
pub fn duty_begins(
    chain: &[RegionCode],
    entries: &[CalendarEntry],
    first_reported: Option<Month>,
    at: Timestamp,
) -> Option<Month> {
    let set = entries.iter().filter(|entry| entry.due_day.is_some() && chain.contains(&entry.region));
    let first = set.map(|entry| entry.from).chain(first_reported).min();
    first.or_else(|| Month::from_ordinal(Month::at(at).ok()?.ordinal() - 1).ok())
}

/// What was sent for a county's month, as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// When it was accepted the first time.
    pub first_accepted: Option<Timestamp>,
    /// Whether a revision counts: it was accepted and not withdrawn since.
    pub counts: bool,
    /// How many submissions there are.
    pub submissions: u32,
    /// How many of them were refused.
    pub refused: u32,
    /// Whether the last one waits: neither accepted nor refused.
    pub waits: bool,
}

/// How a county stands with a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// 按时: accepted by the end of the due day.
    OnTime,
    /// 迟报: accepted after it.
    Late,
    /// 待确认: nothing counts, and the last that was sent waits.
    Held,
    /// 仅有退回: something was refused, and nothing counts.
    RefusedOnly,
    /// 缺报: nothing counts, nothing waits or was refused, and the due day has passed.
    Missing,
    /// 未到期: the same before the due day has passed.
    Awaited,
    /// 未开始: the same for a month before the county's duty to report began ([`duty_begins`]). Nobody expects it.
    NotBegun,
}

impl Standing {
    /// How a county whose duty to report begins with the month `begins` stands with a month at an instant.
    ///
    /// What was sent for a month before it stands as any other.
    /// A month that was withdrawn stands as if it had not been accepted; accepted again it is as timely as it was the first time.
    #[must_use]
    pub fn of(sent: &Sent, month: Month, due: DueDay, begins: Option<Month>, at: Timestamp) -> Self {
        match sent.first_accepted {
            Some(first) if sent.counts && due.passed(month, first) => Self::Late,
            Some(_) if sent.counts => Self::OnTime,
            _ if sent.waits => Self::Held,
            _ if sent.refused > 0 => Self::RefusedOnly,
            _ if begins.is_none_or(|begins| month < begins) => Self::NotBegun,
            _ if due.passed(month, at) => Self::Missing,
            _ => Self::Awaited,
        }
    }

    /// Whether the month counts.
    #[must_use]
    pub const fn reported(self) -> bool {
        matches!(self, Self::OnTime | Self::Late)
    }

    /// Whether the county is expected to report the month: completeness and timeliness are of those that are.
    #[must_use]
    pub const fn expected(self) -> bool {
        !matches!(self, Self::NotBegun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn code(text: &str) -> RegionCode {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_is_due_in_the_month_after_it_until_the_end_of_the_day_in_shanghai() {
        let due = DueDay::DEFAULT;
        let december = month("2024-12");

        assert_eq!(due.due_on(december), jiff::civil::date(2025, 1, 15));
        assert!(!due.passed(december, at("2025-01-15T23:59:59.999+08:00")));
        assert!(due.passed(december, at("2025-01-16T00:00:00+08:00")));
        assert_eq!(DueDay::new(28).unwrap().due_on(month("2025-01")), jiff::civil::date(2025, 2, 28));
    }

    #[test]
    fn a_due_day_is_one_that_every_month_has() {
        assert_eq!([0, 1, 28, 29, 300].map(|day| DueDay::new(day).is_ok()), [false, true, true, false, false]);
    }

    #[test]
    fn the_nearest_region_that_sets_a_day_wins_from_its_month_on() {
        let entry = |region: &str, from: &str, day: Option<u32>| CalendarEntry {
            region: code(region),
            from: month(from),
            due_day: day.map(|day| DueDay::new(day).unwrap()),
        };
        let entries = [
            entry("210000", "2024-01", Some(10)),
            entry("210000", "2025-01", Some(5)),
            entry("210900", "2024-06", Some(20)),
            entry("210900", "2024-09", None),
        ];
        let chain = ["210922", "210900", "210000"].map(code);
        let day = |text: &str| effective(&chain, &entries, month(text)).map(|(_, day)| day.number());

        let found = ["2023-12", "2024-05", "2024-06", "2024-08", "2024-09", "2025-01"].map(day);

        assert_eq!(found, [None, Some(10), Some(20), Some(20), Some(10), Some(5)]);
    }

    #[test]
    fn exactly_one_standing_holds() {
        let (early, late) = (at("2025-01-10T00:00:00Z"), at("2025-01-20T00:00:00Z"));
        let begun = |sent: Sent, begins, at| Standing::of(&sent, month("2024-12"), DueDay::DEFAULT, begins, at);
        let standing = |sent: Sent, at| begun(sent, Some(month("2024-12")), at);
        let accepted = |first| Sent { first_accepted: Some(first), counts: true, submissions: 1, ..Sent::default() };

        assert_eq!(standing(Sent::default(), early), Standing::Awaited);
        assert_eq!(standing(Sent::default(), late), Standing::Missing);
        assert_eq!(standing(accepted(early), late), Standing::OnTime);
        assert_eq!(standing(accepted(late), late), Standing::Late);
        let refused = Sent { submissions: 1, refused: 1, ..Sent::default() };
        assert_eq!(standing(refused, early), Standing::RefusedOnly);
        assert_eq!(standing(Sent { submissions: 2, waits: true, ..refused }, late), Standing::Held);
        // A refused or waiting correction does not undo what was accepted; a withdrawal does.
        assert_eq!(standing(Sent { refused: 1, waits: true, ..accepted(early) }, late), Standing::OnTime);
        assert_eq!(standing(Sent { counts: false, ..accepted(early) }, late), Standing::Missing);
        // Before the duty nothing is missing or awaited; what was sent stands all the same.
        let not_yet = |sent, at| begun(sent, Some(month("2025-01")), at);
        assert_eq!([early, late].map(|at| not_yet(Sent::default(), at)), [Standing::NotBegun; 2]);
        assert_eq!(not_yet(accepted(late), late), Standing::Late);
        assert_eq!(not_yet(refused, late), Standing::RefusedOnly);
        assert_eq!(begun(Sent::default(), None, late), Standing::NotBegun);
        assert!(!Standing::NotBegun.expected() && Standing::Missing.expected());
    }

    #[test]
    fn the_duty_begins_with_a_calendar_or_the_first_report_whichever_is_earlier() {
        let entry = |region: &str, from: &str, day: Option<u32>| CalendarEntry {
            region: code(region),
            from: month(from),
            due_day: day.map(|day| DueDay::new(day).unwrap()),
        };
        let entries = [
            entry("210000", "2024-06", Some(10)),
            entry("210900", "2024-03", None),
            entry("211000", "2023-01", Some(5)),
        ];
        let chain = ["210922", "210900", "210000"].map(code);
        let begins = |entries: &[CalendarEntry], reported: Option<&str>, at: Timestamp| {
            duty_begins(&chain, entries, reported.map(month), at).unwrap().to_string()
        };
        let present = at("2025-01-31T16:00:00Z");

        // Of the entries only those above it that set a day.
        assert_eq!(begins(&entries, None, present), "2024-06");
        assert_eq!(begins(&entries, Some("2024-07"), present), "2024-06");
        assert_eq!(begins(&entries, Some("2024-05"), present), "2024-05");
        // It is February in Shanghai.
        assert_eq!(begins(&[], None, present), "2025-01");
        assert_eq!(begins(&[], Some("2025-06"), present), "2025-06");
    }
}
