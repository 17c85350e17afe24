use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::school::GroupRole;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

fn code(number: u32) -> SchoolCode {
    format!("21210{number:05}").parse().unwrap()
}

fn school(number: u32) -> School {
    School {
        code: code(number),
        name: format!("第{number}小学"),
        school_type: "211".parse().unwrap(),
        organiser_type: Some(7),
        urban_rural_code: None,
        group: None,
        opened_on: None,
        closed_on: None,
    }
}

fn registry(schools: &[School]) -> BTreeMap<SchoolCode, SchoolHistory> {
    schools.iter().map(|school| (school.code.clone(), SchoolHistory::of(school))).collect()
}

fn event(number: u32, on: &str, change: Change) -> SchoolEvent {
    SchoolEvent { school: code(number), day: day(on), document: String::new(), change }
}

fn nine_year() -> Change {
    Change::Retyped("312".parse().unwrap())
}

#[test]
fn a_change_leaves_the_months_before_it_as_they_were() {
    let mut all = registry(&[school(1)]);
    let events = [event(1, "2024-09-15", nine_year()), event(1, "2022-01-01", Change::Renamed("新名".to_owned()))];

    assert_eq!(record(&mut all, &events), []);

    let history = &all[&code(1)];
    let seen = |text: &str| {
        let school = history.in_month(month(text)).unwrap();
        (school.name, school.school_type.to_string())
    };
    assert_eq!(seen("2021-12"), ("第1小学".to_owned(), "211".to_owned()));
    assert_eq!(seen("2022-01"), ("新名".to_owned(), "211".to_owned()));
    assert_eq!(seen("2024-08"), ("新名".to_owned(), "211".to_owned()));
    assert_eq!(seen("2024-09"), ("新名".to_owned(), "312".to_owned()), "as on the last day of the month");
    assert_eq!(history.periods().len(), 3);
    let before = SchoolHistory::of(&school(1));
    assert!(
        history.differs_in(Some(&before), month("2022-01")) && !history.differs_in(Some(&before), month("2021-12"))
    );
}

#[test]
fn a_change_holds_up_to_the_next_one_of_the_same_attribute() {
    let mut all = registry(&[school(1)]);
    let later = Change::Renamed("后名".to_owned());
    record(&mut all, &[event(1, "2024-01-01", later), event(1, "2024-06-01", nine_year())]);

    let faults = record(&mut all, &[event(1, "2020-01-01", Change::Renamed("前名".to_owned()))]);

    let names: Vec<_> = all[&code(1)].periods().iter().map(|one| one.attributes.name.as_str()).collect();
    assert_eq!((faults, names), (vec![], vec!["第1小学", "前名", "后名", "后名"]));
}

#[test]
fn schools_that_close_and_open_again_are_open_between_only() {
    let mut all = registry(&[School { opened_on: Some(day("2010-09-01")), ..school(1) }]);
    let attributes = Attributes::from(&school(1));
    let events = [
        event(1, "2020-07-01", Change::Closed),
        event(1, "2022-09-10", Change::Opened(attributes)),
        event(2, "2022-09-10", Change::Opened(Attributes::from(&school(2)))),
    ];

    assert_eq!(record(&mut all, &events), []);

    let open: Vec<bool> = ["2010-08", "2010-09", "2020-06", "2020-07", "2022-08", "2022-09"]
        .map(|text| all[&code(1)].in_month(month(text)).is_some())
        .to_vec();
    assert_eq!(open, [false, true, true, false, false, true]);
    let closed = all[&code(1)].view_in(month("2021-01"));
    assert_eq!((closed.opened_on, closed.closed_on), (Some(day("2010-09-01")), Some(day("2020-07-01"))));
    assert!(!closed.open_in(month("2021-01")));
    assert_eq!(all[&code(2)].at(day("2000-01-01")).opened_on, Some(day("2022-09-10")));
}

#[test]
fn mergers_and_splits_close_what_does_not_go_on() {
    let mut all = registry(&[school(1), school(2), school(3)]);
    let opened = |number| event(number, "2024-09-01", Change::Opened(Attributes::from(&school(number))));
    let events = [
        event(1, "2024-09-01", Change::Merged(code(4))),
        event(2, "2024-09-01", Change::Merged(code(4))),
        event(3, "2024-09-01", Change::Split(vec![code(3), code(5)])),
        opened(4),
        opened(5),
    ];

    assert_eq!(record(&mut all, &events), [], "whatever their order within a day");

    let open: Vec<bool> = (1..=5).map(|number| all[&code(number)].in_month(month("2024-09")).is_some()).collect();
    assert_eq!(open, [false, false, true, true, true]);
    assert!(events.iter().all(|event| all[&event.school].bears_out(event)));
}

#[test]
fn what_contradicts_the_registry_is_found_all_at_once_and_changes_nothing() {
    let mut all = registry(&[
        School { opened_on: Some(day("2015-09-01")), ..school(1) },
        School { closed_on: Some(day("2020-09-01")), ..school(2) },
    ]);
    record(&mut all, &[event(1, "2024-09-01", nine_year())]);
    let before = all.clone();
    let changes = [
        (event(9, "2024-09-01", Change::Closed), Contradiction::Unknown(code(9))),
        (event(1, "2015-08-31", Change::Renamed("x".to_owned())), Contradiction::NotOpen(code(1))),
        (event(2, "2020-09-01", nine_year()), Contradiction::NotOpen(code(2))),
        (event(2, "2019-09-01", Change::Closed), Contradiction::ClosesLater(day("2020-09-01"))),
        (event(1, "2024-08-31", Change::Closed), Contradiction::ChangesLater(day("2024-09-01"))),
        (event(1, "2024-09-01", Change::Opened(Attributes::from(&school(1)))), Contradiction::AlreadyOpen),
        (event(1, "2024-09-02", nine_year()), Contradiction::Unchanged),
        (event(1, "2024-09-02", Change::LeftGroup), Contradiction::NoGroup),
        (event(1, "2024-09-02", Change::Merged(code(1))), Contradiction::Itself),
        (event(1, "2024-09-02", Change::Merged(code(2))), Contradiction::NotOpen(code(2))),
        (event(1, "2024-09-02", Change::Split(vec![code(1)])), Contradiction::Parts),
        (event(1, "2024-09-02", Change::Split(vec![code(1), code(1)])), Contradiction::Parts),
        (event(1, "2024-09-02", Change::MovedTo("210921".parse().unwrap())), Contradiction::NotFirstOfMonth),
    ];
    let (events, expected): (Vec<_>, Vec<_>) = changes.into_iter().unzip();

    let found = record(&mut all, &events);

    assert_eq!(found, expected.into_iter().enumerate().collect::<Vec<_>>());
    assert_eq!(all, before);
}

#[test]
fn a_school_closed_on_the_day_of_its_opening_was_never_open() {
    let mut all = registry(&[School { opened_on: Some(day("2024-09-15")), ..school(1) }]);

    assert_eq!(record(&mut all, &[event(1, "2024-09-15", Change::Closed)]), []);

    let history = all.get_mut(&code(1)).unwrap();
    assert_eq!((history.in_month(month("2024-09")), history.periods().len()), (None, 1));
    assert!(!history.view_in(month("2024-09")).open_in(month("2024-09")));
    let again = event(1, "2025-09-01", Change::Opened(Attributes::from(&school(1))));
    assert_eq!(record(&mut all, &[again]), []);
    assert_eq!(all[&code(1)].periods()[0].from, Some(day("2025-09-01")));
}

#[test]
fn a_correction_changes_what_is_held_now_and_a_retyping_corrected_away_never_was() {
    let mut all = registry(&[school(1)]);
    let retyped = event(1, "2024-09-01", nine_year());
    record(&mut all, std::slice::from_ref(&retyped));
    let history = all.get_mut(&code(1)).unwrap();
    let today = day("2025-02-01");

    let group = Group { name: "实验教育集团".to_owned(), role: Some(GroupRole::Head) };
    history.correct(&School { group: Some(group.clone()), ..history.at(today) }, today).unwrap();

    assert_eq!(history.in_month(month("2024-08")).unwrap().group, None);
    assert_eq!(history.in_month(month("2024-09")).unwrap().group, Some(group));
    assert!(history.bears_out(&retyped));
    history.correct(&school(1), today).unwrap();
    assert_eq!(*history, SchoolHistory::of(&school(1)));
    assert!(!history.bears_out(&retyped));
}

#[test]
fn corrected_days_cut_what_lies_outside_and_reach_into_no_other_opening() {
    let mut all = registry(&[School { opened_on: Some(day("2010-09-01")), ..school(1) }]);
    let reopened = event(1, "2020-09-01", Change::Opened(Attributes::from(&school(1))));
    record(&mut all, &[event(1, "2015-09-01", Change::Closed), reopened, event(1, "2024-09-01", nine_year())]);
    let history = all.get_mut(&code(1)).unwrap();
    let today = day("2025-02-01");

    assert_eq!(history.correct_days(Some(day("2015-08-31")), None, today), Err(Contradiction::Overlap));
    assert_eq!(history.correct_days(None, None, today), Err(Contradiction::Overlap));
    history.correct_days(Some(day("2019-09-01")), Some(day("2024-09-01")), today).unwrap();

    let ends: Vec<_> = history.periods().iter().map(|one| (one.from.unwrap(), one.to.unwrap())).collect();
    assert_eq!(ends, [("2010-09-01", "2015-09-01"), ("2019-09-01", "2024-09-01")].map(|(a, b)| (day(a), day(b))));
    assert_eq!(history.at(today).school_type, school(1).school_type);
}

#[test]
fn schools_meet_in_a_month_when_both_are_open_in_it() {
    let one = SchoolHistory::of(&School { closed_on: Some(day("2024-09-02")), ..school(1) });
    let from = |text: &str| SchoolHistory::of(&School { opened_on: Some(day(text)), ..school(1) });

    assert!(one.meets_in_a_month(&from("2024-09-30")));
    assert!(!one.meets_in_a_month(&from("2024-10-01")));
    let moved = SchoolHistory::of(&School { closed_on: Some(day("2024-09-01")), ..school(1) });
    assert!(!moved.meets_in_a_month(&from("2024-09-01")));
    assert!(moved.meets_in_a_month(&SchoolHistory::of(&school(1))));
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0_u8..3).prop_map(|name| Change::Renamed(name.to_string())),
        prop::sample::select(vec!["211", "218", "312"]).prop_map(|text| Change::Retyped(text.parse().unwrap())),
        Just(Change::Closed),
        Just(Change::Opened(Attributes::from(&school(1)))),
        (1_u8..4).prop_map(|number| Change::Reclassified { organiser_type: Some(number), urban_rural_code: None }),
        Just(Change::MovedTo("210921".parse().unwrap())),
    ]
}

proptest! {
    #[test]
    fn a_month_is_always_one_of_the_periods(
        changes in prop::collection::vec((change(), 0_i64..1500), 0..12),
        asked in 0_i32..60,
        corrected in prop::option::of((0_i64..1500, 0_i64..1500)),
    ) {
        let on = |days: i64| day("2020-01-01").checked_add(jiff::Span::new().days(days)).unwrap();
        let mut all = registry(&[school(1)]);
        for (change, days) in changes {
            let day = if matches!(change, Change::MovedTo(_)) { on(days).first_of_month() } else { on(days) };
            record(&mut all, &[SchoolEvent { school: code(1), day, document: String::new(), change }]);
        }
        let history = all.get_mut(&code(1)).unwrap();
        if let Some((from, length)) = corrected {
            let _ = history.correct_days(Some(on(from)), Some(on(from + length + 1)), on(700));
        }
        let month = Month::from_ordinal(2020 * 12 + asked).unwrap();

        let seen = history.in_month(month);

        let again = SchoolHistory::new(code(1), history.periods().to_vec()).unwrap();
        prop_assert_eq!(&again, &*history, "it is in order");
        let days = (0..31).map_while(|number| month.first_day().checked_add(jiff::Span::new().days(number)).ok());
        let last_open = days.filter(|day| *day <= month.last_day()).filter_map(|day| history.on(day)).last();
        prop_assert_eq!(&seen, &last_open, "as on the last open day");
        if let Some(seen) = &seen {
            let attributes = Attributes::from(seen);
            prop_assert!(history.periods().iter().any(|period| period.attributes == attributes));
        }
        let view = history.view_in(month);
        prop_assert_eq!(view.open_in(month), seen.is_some());
    }
}
