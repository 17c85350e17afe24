//! Waivers: granted to a school, they count where the standard allows them, in their months, and until they are revoked.

use junheng_e2e::{
    County, Database, Suite, eventually, on_both_databases,
    suite::{instant, timestamp},
};
use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1::{
        Evaluation, GetEvaluationRequest, GrantWaiverRequest, GrantWaiverResponse, ListWaiversRequest,
        ListWaiversResponse, RevokeWaiverRequest, RevokeWaiverResponse, SetStandardInForceRequest,
    },
};
use prost::Message as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    item,
    standards::{example, registered},
    unit,
};

on_both_databases!(
    a_granted_waiver_counts_until_it_is_revoked,
    a_waiver_counts_in_its_months_only,
    a_waiver_counts_once_a_standard_allows_it,
    as_of_an_instant_before_the_grant_the_answer_stays,
    a_rotating_teacher_lets_a_small_rural_school_reach_the_threshold,
    every_wrong_field_of_a_grant_is_told_at_once,
    what_a_waiver_does_says_which_fields_it_takes,
    a_repeated_request_is_answered_with_the_first_reply,
    grants_are_listed_by_page_month_and_instant,
);

const ALLOWING: &str = "standards/waivers-quality-example";
const LARGE: &str = "2121000001";
const NINE_YEAR: &str = "3121000003";

/// A county that meets the standard but for a primary school of 2,400 pupils.
fn large() -> County {
    let mut county = County::met_at("210922", "21");
    let school = county.school_mut(LARGE);
    let whole = |number: &mut Option<u32>| *number = number.map(|number| (number * 12).div_ceil(5));
    let amount = |number: &mut Option<f64>| *number = number.map(|number| number * 12.0 / 5.0);
    whole(&mut school.pupils_primary);
    whole(&mut school.classes_primary);
    whole(&mut school.teachers_primary);
    whole(&mut school.teachers_above_degree_primary);
    whole(&mut school.backbone_teachers_primary);
    whole(&mut school.pe_arts_teachers_primary);
    whole(&mut school.multimedia_rooms);
    whole(&mut school.music_rooms_qualified);
    whole(&mut school.art_rooms_qualified);
    amount(&mut school.teaching_area_m2);
    amount(&mut school.sports_ground_area_m2);
    amount(&mut school.equipment_value_yuan);
    amount(&mut school.public_funds_budget_yuan);
    amount(&mut school.training_budget_yuan);
    county
}

/// The services with a county, whose province has the standard that allows waivers in force.
async fn allowing(database: Database, county: &County) -> Suite {
    let suite = Suite::start(database).await;
    suite.register(county).await;
    allow(&suite).await;
    suite
}

async fn allow(suite: &Suite) {
    registered(suite, &example("waivers-quality-example.toml"), "waivers").await;
    let order = SetStandardInForceRequest {
        region: "regions/210000".to_owned(),
        standard: ALLOWING.to_owned(),
        from_month: "2024-01".to_owned(),
        request_id: "allowing".to_owned(),
        ..SetStandardInForceRequest::default()
    };
    suite.standards().set_standard_in_force(order).await.unwrap();
}

fn request(school: &str, waiver: &str) -> GrantWaiverRequest {
    GrantWaiverRequest {
        parent: "regions/210922".to_owned(),
        school: format!("regions/210922/schools/{school}"),
        waiver: waiver.to_owned(),
        from_month: "2024-01".to_owned(),
        to_month: "2024-12".to_owned(),
        granted_on: "2023-12-20".to_owned(),
        granted_by: "省教育厅".to_owned(),
        evidence: "辽教函〔2023〕1号".to_owned(),
        request_id: format!("{waiver}-{school}"),
        ..GrantWaiverRequest::default()
    }
}

async fn grant(suite: &Suite, request: GrantWaiverRequest) -> Result<GrantWaiverResponse, Status> {
    Ok(suite.waivers().grant_waiver(request).await?.into_inner())
}

async fn revoke(suite: &Suite, name: &str, reason: &str) -> Result<RevokeWaiverResponse, Status> {
    let request = RevokeWaiverRequest {
        name: name.to_owned(),
        reason: reason.to_owned(),
        request_id: format!("revoke-{}", name.len()),
    };
    Ok(suite.waivers().revoke_waiver(request).await?.into_inner())
}

async fn list(suite: &Suite, request: ListWaiversRequest) -> Result<ListWaiversResponse, Status> {
    let request = ListWaiversRequest { parent: "regions/210922".to_owned(), ..request };
    Ok(suite.waivers().list_waivers(request).await?.into_inner())
}

fn fields(status: &Status) -> Vec<String> {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    status.get_details_bad_request().unwrap().field_violations.into_iter().map(|one| one.field).collect()
}

/// Waits for the stored evaluation of a month in which G4 is judged so.
async fn stored(suite: &Suite, month: &str, size: Verdict) -> Evaluation {
    let name = format!("regions/210922/evaluations/{month}.waivers-quality-example");
    eventually(&name, async || {
        let request = GetEvaluationRequest { name: name.clone() };
        let found = suite.evaluations().get_evaluation(request).await.ok()?.into_inner().evaluation?;
        (item(&found, "G4") == size).then_some(found)
    })
    .await
}

async fn a_granted_waiver_counts_until_it_is_revoked(database: Database) {
    let county = large();
    let suite = allowing(database, &county).await;
    suite.accepted(county.submission("first")).await;
    let before = stored(&suite, "2024-12", Verdict::NotMet).await;

    let granted = grant(&suite, request(LARGE, "school-size")).await.unwrap();
    let during = stored(&suite, "2024-12", Verdict::Met).await;
    let revoked = revoke(&suite, "regions/210922/waivers/1", "学校已分设").await.unwrap().waiver.unwrap();
    let after = stored(&suite, "2024-12", Verdict::NotMet).await;

    assert_eq!(granted.allowed_by, [ALLOWING]);
    let waiver = granted.waiver.unwrap();
    assert_eq!((waiver.name.as_str(), waiver.revoked_at), ("regions/210922/waivers/1", None));
    assert_eq!((before.verdict(), during.verdict(), after.verdict()), (Verdict::NotMet, Verdict::Met, Verdict::NotMet));
    let [applied] = &during.waivers[..] else { panic!("{:#?}", during.waivers) };
    assert_eq!((applied.id.as_str(), applied.rule.as_str(), applied.limit), ("school-size", "G4", Some(2400.0)));
    assert_eq!((applied.school_code.as_str(), applied.school_name.as_str()), (LARGE, "第一小学"));
    assert_eq!((applied.stage(), applied.quantity), (Stage::Unspecified, None));
    assert_eq!((applied.from_month.as_str(), applied.to_month.as_str()), ("2024-01", "2024-12"));
    assert_eq!((applied.granted_by.as_str(), applied.evidence.as_str()), ("省教育厅", "辽教函〔2023〕1号"));
    assert!(!applied.title.is_empty() && !applied.source.is_empty());
    assert!(before.waivers.is_empty() && after.waivers.is_empty());
    assert_eq!(before.encode_to_vec(), after.encode_to_vec());
    assert_eq!(revoked.revocation_reason, "学校已分设");
    assert!(timestamp(&revoked.revoked_at.unwrap()) > timestamp(&revoked.known_at.unwrap()));
}

async fn a_waiver_counts_in_its_months_only(database: Database) {
    let county = large();
    let suite = allowing(database, &county).await;
    for month in ["2024-11", "2024-12", "2025-01"] {
        suite.accepted(county.submission_for(month, month)).await;
        stored(&suite, month, Verdict::NotMet).await;
    }

    let only = GrantWaiverRequest { from_month: "2024-12".to_owned(), ..request(LARGE, "school-size") };
    grant(&suite, only).await.unwrap();

    stored(&suite, "2024-12", Verdict::Met).await;
    for (month, size) in [("2024-11", Verdict::NotMet), ("2024-12", Verdict::Met), ("2025-01", Verdict::NotMet)] {
        let evaluation = suite.evaluate(&county.region, month, None).await.unwrap();
        assert_eq!(item(&evaluation, "G4"), size, "{month}");
    }
}

async fn a_waiver_counts_once_a_standard_allows_it(database: Database) {
    let (suite, county) = (Suite::start(database).await, large());
    suite.register(&county).await;
    suite.accepted(county.submission("first")).await;

    let granted = grant(&suite, request(LARGE, "school-size")).await.unwrap();
    let national = suite.evaluate(&county.region, "2024-12", None).await.unwrap();
    allow(&suite).await;
    let allowed = stored(&suite, "2024-12", Verdict::Met).await;

    assert_eq!(granted.allowed_by, Vec::<String>::new());
    assert_eq!((item(&national, "G4"), national.waivers.len()), (Verdict::NotMet, 0));
    assert_eq!(allowed.waivers.len(), 1);
}

async fn as_of_an_instant_before_the_grant_the_answer_stays(database: Database) {
    let county = large();
    let suite = allowing(database, &county).await;
    suite.accepted(county.submission("first")).await;
    let asked = async |as_of| suite.evaluate(&county.region, "2024-12", Some(as_of)).await.unwrap();
    suite.tick();
    let before = suite.now();
    let first = asked(before).await;

    let granted = grant(&suite, request(LARGE, "school-size")).await.unwrap().waiver.unwrap();
    assert!(timestamp(&granted.known_at.unwrap()) > before);
    suite.tick();
    let between = suite.now();
    let second = asked(between).await;
    revoke(&suite, &granted.name, "学校已分设").await.unwrap();
    suite.tick();

    assert_eq!((item(&first, "G4"), item(&second, "G4")), (Verdict::NotMet, Verdict::Met));
    let suite = suite.restart().await;
    for (as_of, answer) in [(before, &first), (between, &second)] {
        let again = suite.evaluate(&county.region, "2024-12", Some(as_of)).await.unwrap();
        assert_eq!(again.encode_to_vec(), answer.encode_to_vec());
    }
    let now = suite.evaluate(&county.region, "2024-12", Some(suite.now())).await.unwrap();
    assert_eq!(item(&now, "G4"), Verdict::NotMet);
}

async fn a_rotating_teacher_lets_a_small_rural_school_reach_the_threshold(database: Database) {
    let mut county = County::met_at("210922", "21");
    let mut small = county.facts[0].clone();
    small.school_code = "2121000009".to_owned();
    small.pupils_primary = Some(50);
    small.classes_primary = Some(2);
    small.largest_class_primary = Some(30);
    small.pe_arts_teachers_primary = Some(0);
    county.add("211", "村小学", small);
    let suite = allowing(database, &county).await;
    suite.accepted(county.submission("first")).await;
    let arts = |evaluation: &Evaluation| {
        let unit = unit(evaluation, Stage::Primary, "2121000009");
        let indicator = unit.indicators.iter().find(|indicator| indicator.id == "L3").unwrap();
        (indicator.verdict(), indicator.value)
    };
    let judged = async || suite.evaluate(&county.region, "2024-12", None).await.unwrap();
    let before = judged().await;

    let teacher = GrantWaiverRequest { quantity: Some(0.45), ..request("2121000009", "rotating-teachers") };
    grant(&suite, teacher).await.unwrap();
    let after = judged().await;

    assert_eq!(arts(&before), (Verdict::NotMet, Some(0.0)));
    assert_eq!(arts(&after), (Verdict::Met, Some(0.9)));
    let [applied] = &after.waivers[..] else { panic!("{:#?}", after.waivers) };
    assert_eq!((applied.rule.as_str(), applied.stage(), applied.quantity), ("L3", Stage::Primary, Some(0.45)));
}

async fn every_wrong_field_of_a_grant_is_told_at_once(database: Database) {
    let county = large();
    let suite = allowing(database, &county).await;
    let told = async |request: GrantWaiverRequest| grant(&suite, request).await.unwrap_err();
    let reason = |status: Status| status.get_details_error_info().unwrap().reason;

    let nothing = told(GrantWaiverRequest::default()).await;
    assert_eq!(
        fields(&nothing),
        ["request_id", "parent", "school", "from_month", "granted_on", "granted_by", "evidence", "waiver"]
    );
    let malformed = GrantWaiverRequest {
        school: "regions/210922/schools/2121000099".to_owned(),
        waiver: "nobody".to_owned(),
        to_month: "2023-12".to_owned(),
        stage: 9,
        quantity: Some(-1.0),
        granted_on: "2023-02-29".to_owned(),
        granted_by: " ".to_owned(),
        evidence: "\0".to_owned(),
        ..request(LARGE, "school-size")
    };
    assert_eq!(
        fields(&told(malformed).await),
        ["stage", "to_month", "quantity", "granted_on", "granted_by", "evidence", "school", "waiver"]
    );
    let elsewhere = GrantWaiverRequest {
        school: format!("regions/210921/schools/{LARGE}"),
        standard: "ä".to_owned(),
        ..request(LARGE, "school-size")
    };
    assert_eq!(fields(&told(elsewhere).await), ["standard", "school"]);
    let undefined =
        GrantWaiverRequest { standard: "standards/national-basic-2012".to_owned(), ..request(LARGE, "school-size") };
    assert_eq!(fields(&told(undefined).await), ["waiver"]);
    let unknown = GrantWaiverRequest { standard: "standards/nobody".to_owned(), ..request(LARGE, "school-size") };
    assert_eq!(reason(told(unknown).await), "STANDARD_MISSING");
    let nowhere = GrantWaiverRequest {
        parent: "regions/999999".to_owned(),
        school: format!("regions/999999/schools/{LARGE}"),
        ..request(LARGE, "school-size")
    };
    assert_eq!(reason(told(nowhere).await), "RESOURCE_MISSING");
    assert_eq!(reason(revoke(&suite, "regions/210922/waivers/1", "误").await.unwrap_err()), "RESOURCE_MISSING");
    assert_eq!(fields(&revoke(&suite, "regions/210922/waivers/x", "").await.unwrap_err()), ["name", "reason"]);
    assert_eq!(list(&suite, ListWaiversRequest::default()).await.unwrap().waivers, []);
}

async fn what_a_waiver_does_says_which_fields_it_takes(database: Database) {
    let county = large();
    let suite = allowing(database, &county).await;
    let told = async |school: &str, waiver: &str, quantity: Option<f64>, stage: Stage| {
        let request = GrantWaiverRequest {
            quantity,
            stage: stage.into(),
            request_id: String::new(),
            validate_only: true,
            ..request(school, waiver)
        };
        grant(&suite, request).await.map_or_else(|status| fields(&status), |_| vec![])
    };
    let whole = Stage::Unspecified;

    assert_eq!(told(LARGE, "school-size", Some(1.0), Stage::Primary).await, ["quantity", "stage"]);
    assert_eq!(told(LARGE, "rooms-built-to-2016", Some(1.0), whole).await, ["quantity"]);
    assert_eq!(told(LARGE, "rooms-built-to-2016", None, whole).await, [""; 0]);
    assert_eq!(told(LARGE, "rotating-teachers", None, whole).await, ["quantity"]);
    assert_eq!(told(LARGE, "rotating-teachers", Some(0.001), whole).await, ["quantity"]);
    assert_eq!(told(LARGE, "rotating-teachers", Some(0.5), whole).await, [""; 0]);
    assert_eq!(told(LARGE, "rotating-teachers", Some(0.5), Stage::Junior).await, ["stage"]);
    assert_eq!(told(NINE_YEAR, "rotating-teachers", Some(0.5), whole).await, ["stage"]);
    assert_eq!(told(NINE_YEAR, "rotating-teachers", Some(0.5), Stage::Junior).await, [""; 0]);
    assert_eq!(told(NINE_YEAR, "leased-venues", Some(500.0), Stage::Junior).await, ["stage"]);
    assert_eq!(told(NINE_YEAR, "leased-venues", Some(500.0), whole).await, [""; 0]);
    assert_eq!(list(&suite, ListWaiversRequest::default()).await.unwrap().waivers, [], "nothing was written");
}

async fn a_repeated_request_is_answered_with_the_first_reply(database: Database) {
    let county = large();
    let suite = allowing(database, &county).await;
    let first = grant(&suite, request(LARGE, "school-size")).await.unwrap();

    suite.tick();
    let again = grant(&suite, request(LARGE, "school-size")).await.unwrap();
    let reused = GrantWaiverRequest { to_month: String::new(), ..request(LARGE, "school-size") };
    let reused = grant(&suite, reused).await.unwrap_err();
    let name = first.waiver.clone().unwrap().name;
    let revoked = revoke(&suite, &name, "误").await.unwrap();
    suite.tick();

    assert_eq!(again, first);
    assert_eq!(reused.get_details_error_info().unwrap().reason, "REQUEST_ID_REUSED");
    assert_eq!(revoke(&suite, &name, "误").await.unwrap(), revoked);
    let twice = RevokeWaiverRequest { name: name.clone(), reason: "误".to_owned(), request_id: "twice".to_owned() };
    assert_eq!(fields(&suite.waivers().revoke_waiver(twice).await.unwrap_err()), ["name"]);
    assert_eq!(list(&suite, ListWaiversRequest::default()).await.unwrap().waivers, [revoked.waiver.unwrap()]);
}

async fn grants_are_listed_by_page_month_and_instant(database: Database) {
    let county = large();
    let suite = allowing(database, &county).await;
    grant(&suite, request(LARGE, "school-size")).await.unwrap();
    suite.tick();
    let between = suite.now();
    let listed = async |request: ListWaiversRequest| {
        let page = list(&suite, request).await.unwrap();
        let ids: Vec<_> = page.waivers.iter().map(|waiver| waiver.waiver.clone()).collect();
        (ids, page.next_page_token)
    };
    let as_of = || ListWaiversRequest { as_of: Some(instant(between)), ..ListWaiversRequest::default() };
    assert_eq!(listed(as_of()).await.0, ["school-size"]);
    let later = GrantWaiverRequest { to_month: String::new(), ..request(NINE_YEAR, "rooms-built-to-2016") };
    grant(&suite, later).await.unwrap();

    let all = listed(ListWaiversRequest::default()).await;
    let first = listed(ListWaiversRequest { page_size: 1, ..ListWaiversRequest::default() }).await;
    let next = ListWaiversRequest { page_size: 1, page_token: first.1.clone(), ..ListWaiversRequest::default() };
    let in_2025 = ListWaiversRequest { month: "2025-01".to_owned(), ..ListWaiversRequest::default() };
    let future = instant(suite.now() + jiff::SignedDuration::from_hours(1));
    let future = ListWaiversRequest { as_of: Some(future), ..ListWaiversRequest::default() };
    let malformed = ListWaiversRequest {
        month: "x".to_owned(),
        page_size: -1,
        page_token: "x".to_owned(),
        ..ListWaiversRequest::default()
    };

    assert_eq!(all, (vec!["school-size".to_owned(), "rooms-built-to-2016".to_owned()], String::new()));
    assert_eq!(first.0, ["school-size"]);
    assert_eq!(listed(next).await, (vec!["rooms-built-to-2016".to_owned()], String::new()));
    assert_eq!(listed(in_2025).await.0, ["rooms-built-to-2016"]);
    assert_eq!(listed(as_of()).await.0, ["school-size"], "what was known then stays");
    assert_eq!(fields(&list(&suite, future).await.unwrap_err()), ["as_of"]);
    assert_eq!(fields(&list(&suite, malformed).await.unwrap_err()), ["month", "page_size", "page_token"]);
}
