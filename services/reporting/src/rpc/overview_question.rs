//! Reading the questions of `OverviewService`.

use std::sync::Arc;

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    history::SchoolRef,
    school::Stage,
    standard::NATIONAL_DEFAULT,
};
use junheng_proto::{common::v1 as common, reporting::v1 as proto};
use junheng_runtime::Caller;
use junheng_wire::{
    name, page, school,
    status::RpcError,
    time,
    violations::{BEFORE_FROM_MONTH, IN_THE_FUTURE, NO_INSTANT, TWICE, UNKNOWN_STAGE, Violations},
};

use crate::{
    Settings,
    overview::{
        Question, Targets,
        series::{MONTHS, Measure, SeriesQuestion, Subject},
    },
};

/// Counties in a page: unless it is said, and at most.
pub(super) const PAGE: (u32, u32) = (200, 500);
/// Counties that are compared at most.
const COMPARED: usize = 50;

/// A page of counties.
pub(super) struct Page {
    pub(super) size: u32,
    pub(super) after: Option<RegionCode>,
}

/// What was not told although it is wrong.
fn untold() -> RpcError {
    RpcError::Internal { what: "a wrong field was not told".to_owned() }
}

fn standard(text: &str, violations: &mut Violations) -> Option<String> {
    if text.is_empty() {
        return Some(NATIONAL_DEFAULT.to_owned());
    }
    violations.take("standard", name::parse_standard(text))
}

/// The targets that are given; without them those of the region.
fn targets(
    given: &[proto::YearTarget],
    region: Option<&RegionCode>,
    settings: &Settings,
    violations: &mut Violations,
) -> Option<Targets> {
    if given.is_empty() {
        return Some(settings.targets(region));
    }
    let one = |target: &proto::YearTarget| Some((i32::try_from(target.year?).ok()?, target.share_basis_points?));
    let shares: Option<Vec<_>> = given.iter().map(one).collect();
    let targets = shares.and_then(|shares| {
        let mut years: Vec<i32> = shares.iter().map(|(year, _)| *year).collect();
        years.sort_unstable();
        years.dedup();
        (years.len() == shares.len()).then(|| Targets::new(shares).ok())?
    });
    if targets.is_none() {
        violations.add(
            "targets",
            (
                "has a year without a share of 0 to 10,000, a year twice, or one that is none",
                "每年须有0至10000之间的占比，年份须有效且不重复",
            ),
        );
    }
    targets
}

/// What an overview, or a bulletin, is asked of.
pub(super) fn overview(
    (region, month, of_standard): (&str, &str, &str),
    of_targets: &[proto::YearTarget],
    (settings, at): (&Settings, Timestamp),
    violations: &mut Violations,
) -> Option<(Question, Targets)> {
    let region = violations.take("region", name::parse_region_or_nation(region));
    let month = violations.take("month", month.parse::<Month>());
    let standard = standard(of_standard, violations);
    let targets = targets(of_targets, region.as_ref().and_then(Option::as_ref), settings, violations);
    Some((Question { region: region?, month: month?, standard: standard?, at }, targets?))
}

pub(super) fn get_overview(
    request: &proto::GetProvinceOverviewRequest,
    by: (&Settings, Timestamp),
) -> Result<(Question, Targets, Page), RpcError> {
    let mut violations = Violations::default();
    let asked = (request.region.as_str(), request.month.as_str(), request.standard.as_str());
    let question = overview(asked, &request.targets, by, &mut violations);
    let size = page::size(request.page_size, PAGE.0, PAGE.1, &mut violations);
    let after = page::token(&request.page_token, &mut violations, |token| token.parse().ok());
    violations.finish()?;
    let (question, targets) = question.ok_or_else(untold)?;
    Ok((question, targets, Page { size, after }))
}

/// The counties, and a question about the nation, which all of them lie in.
pub(super) fn comparison(
    request: &proto::CompareCountiesRequest,
    at: Timestamp,
) -> Result<(Vec<RegionCode>, Question), RpcError> {
    let mut violations = Violations::default();
    let mut counties: Vec<RegionCode> = vec![];
    for (place, region) in request.regions.iter().enumerate() {
        let field = format!("regions[{place}]");
        let Some(code) = violations.take(&field, name::parse_region(region)) else { continue };
        if counties.contains(&code) {
            violations.add(&field, TWICE);
        }
        counties.push(code);
    }
    if request.regions.is_empty() || request.regions.len() > COMPARED {
        violations.add("regions", (format!("are 1 to {COMPARED} counties"), format!("须为1至{COMPARED}个县")));
    }
    let month = violations.take("month", request.month.parse::<Month>());
    let standard = standard(&request.standard, &mut violations);
    violations.finish()?;
    let (month, standard) = month.zip(standard).ok_or_else(untold)?;
    Ok((counties, Question { region: None, month, standard, at }))
}

pub(super) fn series(
    request: &proto::GetSeriesRequest,
    caller: &Caller,
    at: Timestamp,
) -> Result<SeriesQuestion, RpcError> {
    let mut violations = Violations::default();
    let subject = if request.subject.contains("/schools/") {
        let school = violations.take("subject", school::parse_name(&request.subject));
        school.map(|(county, school)| Subject::School(SchoolRef { county, school }))
    } else {
        violations.take("subject", name::parse_region_or_nation(&request.subject)).map(Subject::Region)
    };
    let measure = match proto::Measure::try_from(request.measure) {
        Ok(proto::Measure::Unspecified) if matches!(subject, Some(Subject::School(_))) => Some(Measure::Value),
        Ok(proto::Measure::Value) => Some(Measure::Value),
        Ok(proto::Measure::Unspecified | proto::Measure::Mean) => Some(Measure::Mean),
        Ok(proto::Measure::Variation) => Some(Measure::Variation),
        Ok(proto::Measure::MetShare) => Some(Measure::MetShare),
        Ok(proto::Measure::MetCountyShare) => Some(Measure::MetCountyShare),
        Err(_) => {
            violations.add("measure", ("is not a known measure", "不是已有的量"));
            None
        }
    };
    let stages = match common::Stage::try_from(request.stage) {
        Ok(common::Stage::Unspecified) => Some(Stage::COMPULSORY.to_vec()),
        Ok(common::Stage::Primary) => Some(vec![Stage::Primary]),
        Ok(common::Stage::Junior) => Some(vec![Stage::Junior]),
        Err(_) => {
            violations.add("stage", UNKNOWN_STAGE);
            None
        }
    };
    let from = violations.take("from_month", request.from_month.parse::<Month>());
    let to = violations.take("to_month", request.to_month.parse::<Month>());
    match from.zip(to).map(|(from, to)| to.ordinal() - from.ordinal() + 1) {
        Some(count) if count < 1 => violations.add("to_month", BEFORE_FROM_MONTH),
        Some(count) if count > MONTHS => {
            violations.add("to_month", (format!("makes more than {MONTHS} months"), format!("超过{MONTHS}个月")));
        }
        _ => {}
    }
    let as_of = request.as_of.as_ref().and_then(|message| {
        let instant = time::decode(message).and_then(|at| Timestamp::from_millisecond(at.as_millisecond()).ok());
        match instant {
            None => violations.add("as_of", NO_INSTANT),
            Some(instant) if instant > at => violations.add("as_of", IN_THE_FUTURE),
            Some(_) => {}
        }
        instant
    });
    let standard = standard(&request.standard, &mut violations);
    let size = page::size(request.page_size, PAGE.0, PAGE.1, &mut violations);
    let after = page::token(&request.page_token, &mut violations, |token| token.parse().ok());
    violations.finish()?;
    let fields = subject.zip(measure).zip(stages).zip(from.zip(to)).zip(standard);
    let ((((subject, measure), stages), months), standard) = fields.ok_or_else(untold)?;
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let indicator = request.indicator.clone();
    let scope = Arc::clone(&caller.scope);
    Ok(SeriesQuestion { subject, measure, indicator, stages, months, standard, as_of, at, scope, page: (size, after) })
}
