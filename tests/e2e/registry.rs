//! Regions and schools are registered before anything is reported for them.

use junheng_e2e::{County, Database, Setup, Suite, county::read, eventually, on_both_databases};
use junheng_proto::ingest::v1::{
    ImportRegionsRequest, ImportSchoolsRequest, ListRegionsRequest, ListSchoolsRequest, Region, RegionLevel, School,
};
use tonic::Code;
use tonic_types::StatusExt as _;

on_both_databases!(
    importing_again_changes_nothing,
    all_faults_of_an_import_are_told_at_once_and_nothing_is_imported,
    a_school_of_another_county_is_refused_until_it_is_closed_there,
    the_region_above_must_exist,
    pages_of_the_registry_are_the_whole_of_it,
    schools_of_a_county_that_is_not_registered_are_not_found,
    a_city_with_counties_below_it_is_no_county,
    the_codes_of_a_province_are_imported_whole_and_nest,
    another_parent_has_the_counties_below_evaluated_anew,
    no_region_takes_what_was_reported_out_of_reach,
    a_region_below_and_a_month_at_the_same_time_are_never_both_taken,
    a_province_is_no_county_though_nothing_lies_below_it,
);

fn regions(county: &County, request_id: &str) -> ImportRegionsRequest {
    ImportRegionsRequest { regions: county.regions.clone(), request_id: request_id.to_owned() }
}

fn schools(county: &County, request_id: &str) -> ImportSchoolsRequest {
    ImportSchoolsRequest {
        parent: county.region.clone(),
        schools: county.schools.clone(),
        request_id: request_id.to_owned(),
        ..ImportSchoolsRequest::default()
    }
}

async fn list_schools(suite: &Suite, parent: &str) -> Vec<School> {
    let request = ListSchoolsRequest { parent: parent.to_owned(), ..ListSchoolsRequest::default() };
    suite.registry().list_schools(request).await.unwrap().into_inner().schools
}

async fn importing_again_changes_nothing(database: Database) {
    let (suite, mut county) = (Suite::start(database).await, County::zhangwu());
    let mut registry = suite.registry();

    let first = registry.import_regions(regions(&county, "regions-1")).await.unwrap().into_inner();
    let again = registry.import_regions(regions(&county, "regions-2")).await.unwrap().into_inner();
    assert_eq!((first.changed_count, first.unchanged_count), (Some(3), Some(0)));
    assert_eq!((again.changed_count, again.unchanged_count), (Some(0), Some(3)));

    let first = registry.import_schools(schools(&county, "schools-1")).await.unwrap().into_inner();
    let same = registry.import_schools(schools(&county, "schools-1")).await.unwrap().into_inner();
    let again = registry.import_schools(schools(&county, "schools-2")).await.unwrap().into_inner();
    county.schools[0].display_name = "改名学校".to_owned();
    let renamed = registry.import_schools(schools(&county, "schools-3")).await.unwrap().into_inner();
    assert_eq!((first.changed_count, first.unchanged_count), (Some(30), Some(0)));
    assert_eq!(same, first);
    assert_eq!((again.changed_count, again.unchanged_count), (Some(0), Some(30)));
    assert_eq!((renamed.changed_count, renamed.unchanged_count), (Some(1), Some(29)));
    county.schools.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(list_schools(&suite, &county.region).await, county.schools);
}

async fn all_faults_of_an_import_are_told_at_once_and_nothing_is_imported(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.registry().import_regions(regions(&county, "regions")).await.unwrap();
    let mut request = schools(&county, "schools");
    request.schools[0].school_type = "999".to_owned();
    request.schools[1].organiser_type = 11;
    request.schools[1].urban_rural_code = "999".to_owned();
    request.schools[2].opened_on = "2020-09-01".to_owned();
    request.schools[2].closed_on = "2019-09-01".to_owned();
    request.schools[3].opened_on = "last year".to_owned();
    request.schools.push(School { ..county.schools[3].clone() });

    let refused = suite.registry().import_schools(request).await.unwrap().into_inner();

    let rules: Vec<_> = refused.findings.iter().map(|finding| finding.rule.as_str()).collect();
    assert_eq!(rules, ["school_type", "organiser_type", "urban_rural_code", "date_order", "date", "school_once"]);
    assert_eq!((refused.changed_count, refused.unchanged_count, refused.known_at), (None, None, None));
    assert_eq!(list_schools(&suite, &county.region).await, []);
}

async fn a_school_of_another_county_is_refused_until_it_is_closed_there(database: Database) {
    let suite = Suite::start(database).await;
    let (mut one, mut other) = (County::met_at("219902", "21"), County::met_at("219903", "22"));
    suite.register(&one).await;
    suite.register(&other).await;
    let code = one.facts[0].school_code.clone();
    other.schools = vec![School { name: format!("{}/schools/{code}", other.region), ..one.schools[0].clone() }];
    other.schools[0].opened_on = "2024-09-01".to_owned();

    let refused = suite.registry().import_schools(schools(&other, "moved-1")).await.unwrap().into_inner();
    one.schools[0].closed_on = "2024-09-01".to_owned();
    suite.registry().import_schools(schools(&one, "closed")).await.unwrap();
    let mut earlier = other.clone();
    earlier.schools[0].opened_on = "2024-08-31".to_owned();
    let twice = suite.registry().import_schools(schools(&earlier, "moved-earlier")).await.unwrap().into_inner();
    let taken = suite.registry().import_schools(schools(&other, "moved-2")).await.unwrap().into_inner();

    assert_eq!(refused.findings[0].rule, "school_in_county");
    assert_eq!(twice.findings[0].rule, "school_in_county", "August would count it in both");
    assert_eq!((refused.changed_count, taken.changed_count), (None, Some(1)));
    assert_eq!(taken.findings, []);
}

async fn the_region_above_must_exist(database: Database) {
    let suite = Suite::start(database).await;
    let county = County::met();
    let orphan = ImportRegionsRequest { regions: vec![county.regions[2].clone()], request_id: "orphan".to_owned() };

    let status = suite.registry().import_regions(orphan).await.unwrap_err();

    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(status.get_details_bad_request().unwrap().field_violations[0].field, "regions[0].parent");
    let listed = suite.registry().list_regions(ListRegionsRequest::default()).await.unwrap().into_inner();
    assert_eq!(listed.regions, []);
    // A development zone says which city it belongs to.
    let mut zone = county.clone();
    zone.regions[2] = Region {
        name: "regions/219971".to_owned(),
        display_name: "示例经济开发区".to_owned(),
        parent: "regions/219900".to_owned(),
        data_note: "功能区".to_owned(),
        ..Region::default()
    };
    suite.registry().import_regions(regions(&zone, "zone")).await.unwrap();
    let request = ListRegionsRequest { parent: "regions/219900".to_owned(), ..ListRegionsRequest::default() };
    let below = suite.registry().list_regions(request).await.unwrap().into_inner().regions;
    assert_eq!(below, [Region { level: RegionLevel::County.into(), ..zone.regions[2].clone() }]);
}

async fn pages_of_the_registry_are_the_whole_of_it(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::zhangwu());
    suite.register(&county).await;
    let whole = list_schools(&suite, &county.region).await;
    let all_regions = suite.registry().list_regions(ListRegionsRequest::default()).await.unwrap().into_inner().regions;

    for page_size in [1, 7, 15, 30, 31] {
        let mut paged = vec![];
        let mut request =
            ListSchoolsRequest { parent: county.region.clone(), page_size, ..ListSchoolsRequest::default() };
        loop {
            let page = suite.registry().list_schools(request.clone()).await.unwrap().into_inner();
            assert!(page.schools.len() <= usize::try_from(page_size).unwrap());
            paged.extend(page.schools);
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        assert_eq!(paged, whole, "{page_size}");
    }
    let request = ListRegionsRequest { page_size: 2, ..ListRegionsRequest::default() };
    let first = suite.registry().list_regions(request.clone()).await.unwrap().into_inner();
    let rest = ListRegionsRequest { page_token: first.next_page_token, ..request };
    let second = suite.registry().list_regions(rest).await.unwrap().into_inner();
    assert_eq!([first.regions, second.regions].concat(), all_regions);
    assert_eq!(second.next_page_token, "");
}

async fn schools_of_a_county_that_is_not_registered_are_not_found(database: Database) {
    let suite = Suite::start(database).await;

    let status = suite.registry().import_schools(schools(&County::met(), "schools")).await.unwrap_err();

    assert_eq!(status.code(), Code::NotFound);
    let info = status.get_details_error_info().unwrap();
    assert_eq!((info.reason.as_str(), info.metadata["resource"].as_str()), ("RESOURCE_MISSING", "regions/219902"));
}

async fn a_city_with_counties_below_it_is_no_county(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let mut submission = county.submission("r");
    submission.region = county.regions[1].name.clone();

    let refused = suite.submit(submission).await.unwrap_err();

    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(refused.get_details_bad_request().unwrap().field_violations[0].field, "region");
}

async fn the_codes_of_a_province_are_imported_whole_and_nest(database: Database) {
    let suite = Suite::start(database).await;
    let rows = read("regions/liaoning.csv");
    let region = |row: &std::collections::BTreeMap<String, String>| Region {
        name: format!("regions/{}", row["code"]),
        display_name: row["name"].clone(),
        ..Region::default()
    };
    let request =
        ImportRegionsRequest { regions: rows.iter().map(region).collect(), request_id: "liaoning".to_owned() };

    let imported = suite.registry().import_regions(request).await.unwrap().into_inner();

    assert_eq!((imported.changed_count, imported.moved_regions), (Some(115), vec![]));
    let below = async |parent: &str| {
        let request =
            ListRegionsRequest { parent: parent.to_owned(), page_size: 1000, ..ListRegionsRequest::default() };
        suite.registry().list_regions(request).await.unwrap().into_inner().regions
    };
    let cities = below("regions/210000").await;
    assert_eq!(cities.len(), 14);
    let mut counties = vec![];
    for city in &cities {
        assert_eq!(city.level(), RegionLevel::City, "{}", city.display_name);
        let of_city = below(&city.name).await;
        let digits = &city.name["regions/".len()..][..4];
        assert!(of_city.len() >= 4, "{}", city.display_name);
        for county in &of_city {
            assert!(county.name.starts_with(&format!("regions/{digits}")), "{} in {}", county.name, city.name);
            assert_eq!((county.level(), &county.parent), (RegionLevel::County, &city.name));
        }
        counties.extend(of_city);
    }
    let ending = |ending: &str| counties.iter().filter(|county| county.display_name.ends_with(ending)).count();
    assert_eq!((counties.len(), ending("区"), ending("市"), ending("县")), (100, 59, 16, 25));
    assert_eq!(ending("自治县"), 8);
}

async fn another_parent_has_the_counties_below_evaluated_anew(database: Database) {
    let suite = Suite::start_with(database, Setup { working: false, ..Setup::default() }).await;
    let county = County::met();
    suite.register(&county).await;
    let before: Vec<_> = suite.marks().await;
    suite.accepted(county.submission_for("2024-11", "november")).await;
    suite.accepted(county.submission_for("2024-12", "december")).await;
    let marked = async || suite.marks().await.into_iter().map(|mark| (mark.month, mark.marked_at)).collect::<Vec<_>>();
    let first = marked().await;
    suite.tick();
    let province = Region { name: "regions/220000".to_owned(), display_name: "新省".to_owned(), ..Region::default() };
    let mut city = county.regions[1].clone();
    city.display_name = "改名市".to_owned();
    let request = |regions: &[&Region], id: &str| ImportRegionsRequest {
        regions: regions.iter().map(|region| (*region).clone()).collect(),
        request_id: id.to_owned(),
    };

    let renamed = suite.registry().import_regions(request(&[&city], "renamed")).await.unwrap().into_inner();
    let same = marked().await;
    city.parent = "regions/220000".to_owned();
    let moved = suite.registry().import_regions(request(&[&province, &city], "moved")).await.unwrap().into_inner();
    let anew = marked().await;

    assert_eq!((before, first.len()), (vec![], 2));
    assert_eq!((renamed.moved_regions, same), (vec![], first.clone()), "a name changes no verdict");
    assert_eq!((moved.moved_regions, moved.changed_count), (vec!["regions/219900".to_owned()], Some(2)));
    let months = |marks: &[(junheng_domain::code::Month, jiff::Timestamp)]| -> Vec<_> {
        let mut months: Vec<_> = marks.iter().map(|mark| mark.0).collect();
        months.sort_unstable();
        months
    };
    assert_eq!(months(&anew), months(&first));
    assert!(anew.iter().all(|mark| mark.1 >= suite.now()), "both months of the county below the city");
}

async fn no_region_takes_what_was_reported_out_of_reach(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let region = |code: &str, parent: &str| Region {
        name: format!("regions/{code}"),
        display_name: format!("区划{code}"),
        parent: if parent.is_empty() { String::new() } else { format!("regions/{parent}") },
        ..Region::default()
    };
    let import = async |id: &str, regions: Vec<Region>| {
        let request = ImportRegionsRequest { regions, request_id: id.to_owned() };
        suite.registry().import_regions(request).await
    };
    // A city without counties is one.
    import("city", vec![region("218900", "210000")]).await.unwrap();
    let mut city = County::met_at("218900", "89");
    city.regions.clear();
    let registered = suite.registry().import_schools(schools(&city, "city")).await.unwrap().into_inner();
    assert!(registered.changed_count.is_some(), "{registered:?}");

    let wrong = vec![
        region("219998", "219902"),
        region("218901", "218900"),
        region("210000", "219900"),
        region("219900", "218900"),
        region("219997", "219800"),
        region("219996", "219900"),
    ];
    let status = import("wrong", wrong).await.unwrap_err();

    assert_eq!(status.code(), Code::InvalidArgument);
    let told = status.get_details_bad_request().unwrap().field_violations;
    let told: Vec<_> =
        told.iter().map(|one| (one.field.as_str(), one.description.rsplit(' ').next().unwrap())).collect();
    let parents = [(0, "level"), (1, "it"), (2, "level"), (3, "level"), (4, "registered")];
    let parents: Vec<_> = parents.iter().map(|(index, word)| (format!("regions[{index}].parent"), *word)).collect();
    assert_eq!(told, parents.iter().map(|(field, word)| (field.as_str(), *word)).collect::<Vec<_>>());
    // All of it or nothing, and what was reported is within reach.
    let listed = suite.registry().list_regions(ListRegionsRequest::default()).await.unwrap().into_inner().regions;
    assert!(listed.iter().all(|region| region.name != "regions/219996"), "{listed:?}");
    suite.accepted(county.submission("r")).await;
    assert_eq!(list_schools(&suite, "regions/218900").await.len(), city.schools.len());
}

async fn a_region_below_and_a_month_at_the_same_time_are_never_both_taken(database: Database) {
    let watched = database.shared();
    let suite = Suite::start_with(database, Setup { working: false, ..Setup::default() }).await;
    let region = |code: &str, parent: &str| Region {
        name: format!("regions/{code}"),
        display_name: format!("区划{code}"),
        parent: parent.to_owned(),
        ..Region::default()
    };
    let import = |id: &str, regions: Vec<Region>| ImportRegionsRequest { regions, request_id: id.to_owned() };
    let above = ["210000", "218800", "218900"].map(|code| region(code, "")).to_vec();
    suite.registry().import_regions(import("above", above)).await.unwrap();
    // Whoever comes to the county's lock waits there. (On SQLite nobody can see whether a writer waits already.)
    let blocked =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let wait = async |count: &str| {
        if watched.url().starts_with("postgres") {
            eventually("the wait for the county", async || (watched.query(blocked).trim() == count).then_some(()))
                .await;
        }
    };

    for (city, month_first) in [("218800", true), ("218900", false)] {
        // It was written before: what is checked without its lock holds as long as nobody writes it.
        suite.hold(city).await.commit().await.unwrap();
        let held = suite.hold(city).await;
        let mut month = County::met_at(city, "89").submission(city);
        month.schools.clear();
        let below = import(city, vec![region(&format!("{}1", &city[..5]), &format!("regions/{city}"))]);
        let (mut submissions, mut registry) = (suite.submissions(), suite.registry());
        let submit = async move { submissions.submit_month(month).await.map(drop) };
        let register = async move { registry.import_regions(below).await.map(drop) };
        let (submitted, registered) = if month_first {
            let submitted = tokio::spawn(submit);
            wait("1").await;
            (submitted, tokio::spawn(register))
        } else {
            let registered = tokio::spawn(register);
            wait("1").await;
            (tokio::spawn(submit), registered)
        };
        wait("2").await;
        drop(held);

        let (submitted, registered) = (submitted.await.unwrap(), registered.await.unwrap());

        let refused = match (&submitted, &registered) {
            (Err(refused), Ok(())) | (Ok(()), Err(refused)) => refused,
            both => panic!("{city}: {both:?}"),
        };
        assert_eq!(refused.code(), Code::InvalidArgument, "{city}");
        let listed = suite.registry().list_regions(ListRegionsRequest::default()).await.unwrap().into_inner().regions;
        let below = listed.iter().any(|region| region.parent == format!("regions/{city}"));
        assert_eq!(below, registered.is_ok(), "{city}");
    }
}

async fn a_province_is_no_county_though_nothing_lies_below_it(database: Database) {
    let suite = Suite::start(database).await;
    let province =
        Region { name: "regions/210000".to_owned(), display_name: "辽宁省".to_owned(), ..Region::default() };
    let request = ImportRegionsRequest { regions: vec![province], request_id: "province".to_owned() };
    suite.registry().import_regions(request).await.unwrap();
    let mut county = County::met();
    county.region = "regions/210000".to_owned();

    let refused = suite.submit(county.submission("r")).await.unwrap_err();

    assert_eq!(refused.code(), Code::InvalidArgument);
    let violation = &refused.get_details_bad_request().unwrap().field_violations[0];
    assert_eq!((violation.field.as_str(), violation.description.as_str()), ("region", "is a province, not a county"));
}
