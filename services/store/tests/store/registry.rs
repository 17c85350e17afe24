//! Regions and schools.

use std::collections::BTreeMap;

use junheng_domain::{
    code::{RegionCode, RegionLevel, SchoolCode},
    history::{Attributes, Change, SchoolEvent, SchoolHistory, record},
    school::{Group, GroupRole, School},
};
use junheng_store::{
    Store, Written,
    regions::{self, Region},
    school_events, schools,
};

use crate::{Database, at, county, on_both_databases};

on_both_databases!(
    only_regions_that_differ_are_changed,
    regions_are_listed_below_their_parent_and_by_pages,
    what_is_within_a_region_follows_its_parents_and_not_its_codes,
    only_schools_that_differ_get_a_version,
    schools_are_listed_as_they_were_known,
    texts_of_schools_are_read_as_they_were_written,
    a_history_is_one_version_whatever_its_periods,
    events_are_listed_by_day_as_they_were_known,
    a_school_of_another_county_is_found_until_it_closes_there,
);

pub(crate) fn region(code: &str, parent: Option<&str>) -> Region {
    let code: RegionCode = code.parse().unwrap();
    Region {
        name: format!("region {code}"),
        level: code.level(),
        code,
        parent: parent.map(|code| code.parse().unwrap()),
        data_note: String::new(),
    }
}

pub(crate) fn school(serial: u32) -> School {
    School {
        code: format!("21210{serial:05}").parse().unwrap(),
        name: format!("第{serial}小学"),
        school_type: "211".parse().unwrap(),
        organiser_type: None,
        urban_rural_code: None,
        group: None,
        opened_on: None,
        closed_on: None,
    }
}

pub(crate) async fn write(store: &Store, county: &RegionCode, known_at: i64, wanted: &[School]) -> Written {
    write_histories(store, county, known_at, &histories(wanted)).await
}

fn histories(schools: &[School]) -> Vec<SchoolHistory> {
    schools.iter().map(SchoolHistory::of).collect()
}

async fn write_histories(store: &Store, county: &RegionCode, known_at: i64, wanted: &[SchoolHistory]) -> Written {
    let transaction = store.begin_write().await.unwrap();
    let written = schools::insert_versions(&transaction, county, at(known_at), wanted).await.unwrap();
    transaction.commit().await.unwrap();
    written
}

async fn only_regions_that_differ_are_changed(database: Database) {
    let store = database.migrated().await;
    let transaction = store.begin_write().await.unwrap();
    let mut city = region("210900", Some("210000"));
    let all = [region("210000", None), city.clone(), region("210922", Some("210900"))];
    let first = regions::upsert(&transaction, &all).await.unwrap();
    let again = regions::upsert(&transaction, &all).await.unwrap();
    city =
        Region { data_note: "2024年起无高中数据".to_owned(), level: RegionLevel::County, parent: None, ..city };
    // The last of two with one code counts.
    let some = [region("210900", None), city.clone(), region("210922", Some("210900"))];
    let changed = regions::upsert(&transaction, &some).await.unwrap();
    transaction.commit().await.unwrap();

    assert_eq!(first, Written { changed_count: 3, unchanged_count: 0 });
    assert_eq!(again, Written { changed_count: 0, unchanged_count: 3 });
    assert_eq!(changed, Written { changed_count: 1, unchanged_count: 1 });
    assert_eq!(regions::find(&store, &city.code).await.unwrap(), Some(city));
    assert_eq!(regions::find(&store, &"110000".parse().unwrap()).await.unwrap(), None);
}

async fn regions_are_listed_below_their_parent_and_by_pages(database: Database) {
    let store = database.migrated().await;
    let transaction = store.begin_write().await.unwrap();
    let counties: Vec<Region> = (1..=9).map(|n| region(&format!("21092{n}"), Some("210900"))).collect();
    let above = [region("210000", None), region("210900", Some("210000"))];
    regions::upsert(&transaction, &[&above[..], &counties].concat()).await.unwrap();
    transaction.commit().await.unwrap();
    let city: RegionCode = "210900".parse().unwrap();

    let page = regions::list(&store, Some(&city), Some(&counties[3].code), 3).await.unwrap();
    let all = regions::list(&store, None, None, 100).await.unwrap();

    assert_eq!(page, counties[4..7]);
    assert_eq!(all, [&above[..], &counties].concat());
}

async fn what_is_within_a_region_follows_its_parents_and_not_its_codes(database: Database) {
    let store = database.migrated().await;
    let wanted = [
        region("210000", None),
        region("210900", Some("210000")),
        region("210922", Some("210900")),
        // A zone with a code of the one city, below the other; a county directly below its province.
        region("210971", Some("211000")),
        region("211000", Some("210000")),
        region("219001", Some("210000")),
        region("220000", None),
        // Parents that go in a circle.
        region("229901", Some("229902")),
        region("229902", Some("229901")),
    ];
    let transaction = store.begin_write().await.unwrap();
    regions::upsert(&transaction, &wanted).await.unwrap();
    transaction.commit().await.unwrap();

    let within = async |code: &str| -> Vec<String> {
        let found = regions::list_within(&store, Some(&code.parse().unwrap())).await.unwrap();
        found.into_iter().map(|region| region.code.to_string()).collect()
    };

    assert_eq!(within("210000").await, ["210000", "210900", "210922", "210971", "211000", "219001"]);
    assert_eq!(within("210900").await, ["210900", "210922"]);
    assert_eq!(within("211000").await, ["210971", "211000"]);
    assert_eq!(within("210922").await, ["210922"]);
    assert_eq!(within("229901").await, ["229901", "229902"]);
    assert_eq!(within("999999").await, [""; 0]);
    assert_eq!(regions::list_within(&store, None).await.unwrap(), wanted);
}

async fn only_schools_that_differ_get_a_version(database: Database) {
    let store = database.migrated().await;
    let mut full = School {
        organiser_type: Some(10),
        urban_rural_code: Some("111".to_owned()),
        group: Some(Group { name: "实验教育集团".to_owned(), role: Some(GroupRole::Branch) }),
        opened_on: Some("1986-09-01".parse().unwrap()),
        closed_on: Some("2025-07-01".parse().unwrap()),
        ..school(1)
    };

    let first = write(&store, &county(), 1, &[full.clone(), school(2)]).await;
    let again = write(&store, &county(), 2, &[school(2), full.clone()]).await;
    full.closed_on = None;
    let changed = write(&store, &county(), 3, std::slice::from_ref(&full)).await;
    // Back to an older version is a change too.
    full.closed_on = Some("2025-07-01".parse().unwrap());
    let back = write(&store, &county(), 4, std::slice::from_ref(&full)).await;

    assert_eq!(first, Written { changed_count: 2, unchanged_count: 0 });
    assert_eq!(again, Written { changed_count: 0, unchanged_count: 2 });
    assert_eq!((changed.changed_count, back.changed_count), (1, 1));
    assert_eq!(schools::list_as_of(&store, &county(), None).await.unwrap(), histories(&[full, school(2)]));
}

async fn schools_are_listed_as_they_were_known(database: Database) {
    let store = database.migrated().await;
    let renamed = School { name: "实验小学".to_owned(), ..school(1) };
    write(&store, &county(), 10, &[school(1)]).await;
    write(&store, &county(), 20, &[renamed.clone(), school(2)]).await;
    write(&store, &"210921".parse().unwrap(), 15, &[school(3)]).await;

    let known = async |at_ms: i64| schools::list_as_of(&store, &county(), Some(at(at_ms))).await.unwrap();

    assert_eq!(known(9).await, []);
    assert_eq!(known(10).await, histories(&[school(1)]));
    assert_eq!(known(19).await, histories(&[school(1)]));
    assert_eq!(known(20).await, histories(&[renamed, school(2)]));
}

fn event(serial: u32, day: &str, change: Change) -> SchoolEvent {
    SchoolEvent {
        school: school(serial).code,
        day: day.parse().unwrap(),
        document: "教发〔2024〕1号".to_owned(),
        change,
    }
}

/// Schools to which the events happened.
fn after(schools: &[School], events: &[SchoolEvent]) -> Vec<SchoolHistory> {
    let mut all: BTreeMap<SchoolCode, SchoolHistory> =
        histories(schools).into_iter().map(|history| (history.code().clone(), history)).collect();
    assert_eq!(record(&mut all, events), []);
    all.into_values().collect()
}

async fn texts_of_schools_are_read_as_they_were_written(database: Database) {
    let store = database.migrated().await;
    let group = Group { name: "“东城”, \"联合体\"\n一组\u{1f}".to_owned(), role: Some(GroupRole::Head) };
    let quotes = School {
        name: "第二\"小学\", 东校区;\r\n'分部'\u{1e}".to_owned(),
        urban_rural_code: Some("1,\"1\"".to_owned()),
        group: Some(group),
        ..school(2)
    };
    let wanted = [school(1), quotes, school(3)];

    write(&store, &county(), 10, &wanted).await;

    assert_eq!(schools::list_as_of(&store, &county(), None).await.unwrap(), histories(&wanted));
}

async fn a_history_is_one_version_whatever_its_periods(database: Database) {
    let store = database.migrated().await;
    let retyped = event(1, "2024-09-01", Change::Retyped("312".parse().unwrap()));
    let renamed = event(1, "2020-01-01", Change::Renamed("新名".to_owned()));
    let closed = event(1, "2025-07-01", Change::Closed);
    let all = [school(1), school(2)];
    let first = after(&all, &[retyped.clone(), renamed.clone()]);
    let second = after(&all[..1], &[retyped, renamed.clone(), closed]);
    let third = after(&all[..1], &[renamed]);

    assert_eq!(write_histories(&store, &county(), 10, &first).await.changed_count, 2);
    assert_eq!(write_histories(&store, &county(), 15, &first).await.changed_count, 0);
    write_histories(&store, &county(), 20, &second).await;
    // Fewer periods than before.
    write_histories(&store, &county(), 30, &third).await;

    for (at_ms, wanted) in [(10, &first), (19, &first), (20, &second), (30, &third)] {
        let listed = schools::list_as_of(&store, &county(), Some(at(at_ms))).await.unwrap();
        let many = schools::list_many(&store, &[(county(), at(at_ms))]).await.unwrap();
        let found = schools::find(&store, &county(), &school(1).code, Some(at(at_ms))).await.unwrap();
        assert_eq!(listed[0], wanted[0], "{at_ms}");
        assert_eq!(listed[1], SchoolHistory::of(&school(2)));
        assert_eq!((many, found), (vec![listed.clone()], Some(listed[0].clone())), "{at_ms}");
    }
    assert_eq!(schools::find(&store, &county(), &school(1).code, Some(at(9))).await.unwrap(), None);
    assert_eq!(schools::find(&store, &county(), &school(1).code, None).await.unwrap().as_ref(), third.first());
}

async fn events_are_listed_by_day_as_they_were_known(database: Database) {
    let store = database.migrated().await;
    let group = Group { name: "实验教育集团".to_owned(), role: Some(GroupRole::Head) };
    let full = School { organiser_type: Some(7), group: Some(group.clone()), ..school(3) };
    let one = |number| school(number).code;
    let changes = [
        Change::Opened(Attributes::from(&full)),
        Change::Opened(Attributes::from(&School { urban_rural_code: Some("111".to_owned()), ..school(4) })),
        Change::Renamed("新名".to_owned()),
        Change::Retyped("312".parse().unwrap()),
        Change::Reclassified { organiser_type: Some(10), urban_rural_code: Some("220".to_owned()) },
        Change::Reclassified { organiser_type: None, urban_rural_code: None },
        Change::JoinedGroup(group),
        Change::JoinedGroup(Group { name: "另一集团".to_owned(), role: None }),
        Change::LeftGroup,
        Change::Split(vec![one(3), one(4)]),
        Change::Merged(one(4)),
        Change::MovedTo("210921".parse().unwrap()),
        Change::MovedFrom("210921".parse().unwrap()),
        Change::Closed,
    ];
    let all: Vec<SchoolEvent> =
        (10..).zip(changes).map(|(day, change)| event(3, &format!("2024-09-{day}"), change)).collect();
    let mut shuffled = all.clone();
    shuffled.reverse();
    let late = event(4, "2024-09-01", Change::Closed);

    for (known_at, events) in [(10, shuffled.as_slice()), (20, std::slice::from_ref(&late))] {
        let transaction = store.begin_write().await.unwrap();
        school_events::append(&transaction, &county(), at(known_at), events).await.unwrap();
        school_events::append(&transaction, &"210921".parse().unwrap(), at(known_at), events).await.unwrap();
        transaction.commit().await.unwrap();
    }

    let known = async |at_ms: i64| school_events::list(&store, &county(), Some(at(at_ms))).await.unwrap();
    assert_eq!(known(9).await, []);
    let first: Vec<SchoolEvent> = known(19).await.into_iter().map(|one| one.event).collect();
    assert_eq!(first, all);
    let second = known(20).await;
    assert_eq!((&second[0].event, second[0].known_at, second.len()), (&late, at(20), all.len() + 1));
}

async fn a_school_of_another_county_is_found_until_it_closes_there(database: Database) {
    let store = database.migrated().await;
    let other: RegionCode = "210921".parse().unwrap();
    let codes = [school(1).code, school(2).code, school(3).code];
    write(&store, &county(), 1, &[school(1)]).await;
    write(&store, &other, 1, &[school(2), school(3)]).await;
    write(&store, &other, 2, &[School { closed_on: Some("2024-07-01".parse().unwrap()), ..school(3) }]).await;

    let elsewhere = schools::list_registered_elsewhere(&store, &county(), &codes).await.unwrap();
    let held = schools::list_elsewhere(&store, &county(), &codes).await.unwrap();
    let closed = School { closed_on: Some("2024-07-01".parse().unwrap()), ..school(3) };
    let nowhere = schools::list_registered_elsewhere(&store, &county(), &[]).await.unwrap();

    assert_eq!(elsewhere.into_iter().collect::<Vec<_>>(), [(school(2).code, other.clone())]);
    let held: Vec<_> = held.into_values().flatten().collect();
    assert_eq!(held, [(other.clone(), SchoolHistory::of(&school(2))), (other, SchoolHistory::of(&closed))]);
    assert!(nowhere.is_empty());
}
