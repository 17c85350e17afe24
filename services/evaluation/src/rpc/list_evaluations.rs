//! `ListEvaluations`: stored evaluations of a county or of all counties under a region, filtered, ordered and by pages.

use junheng_domain::code::{Month, RegionCode};
use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{EvaluationOrder, EvaluationView, ListEvaluationsRequest, ListEvaluationsResponse},
};
use junheng_runtime::Caller;
use junheng_store::{
    evaluation_summaries,
    evaluation_summaries::{Filter, Listed, Order, Position},
};
use junheng_wire::{
    fingerprint, name, page,
    status::RpcError,
    territory::Territory,
    violations::{BEFORE_FROM_MONTH, BESIDE_MONTH, Violations},
};

use super::summaries;
use crate::Evaluation;

/// Evaluations of a page in the full view, unless asked otherwise, and at the most.
const FULL_PAGE: (u32, u32) = (10, 100);
/// Summaries of a page in the basic view, unless asked otherwise, and at the most.
const BASIC_PAGE: (u32, u32) = (100, 1_000);

/// A question whose form is right.
struct Question {
    /// `None`: the nation.
    parent: Option<RegionCode>,
    from: Option<Month>,
    to: Option<Month>,
    standard_id: Option<String>,
    verdicts: Vec<&'static str>,
    order: Order,
    view: EvaluationView,
    after: Option<Position>,
}

#[tracing::instrument(name = "evaluation.list_evaluations", skip_all, fields(caller.subject = %caller.subject, region.name = request.parent))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &ListEvaluationsRequest,
) -> Result<ListEvaluationsResponse, RpcError> {
    let question = decode(request)?;
    let territory = Territory::read(&evaluation.store, question.parent.as_ref()).await?;
    let full = match question.view {
        EvaluationView::Full => true,
        EvaluationView::Basic => false,
        EvaluationView::Unspecified => territory.single(),
    };
    let (usual, most) = if full { FULL_PAGE } else { BASIC_PAGE };
    let size = page::size(request.page_size, usual, most, &mut Violations::default());
    let counties = territory.codes();
    let filter = Filter {
        counties: &counties,
        from: question.from,
        to: question.to,
        standard_id: question.standard_id.as_deref(),
        verdicts: &question.verdicts,
    };
    let after = question.after.as_ref();
    if question.order != Order::Region && after.is_none() {
        // By value, one without a summary would stand on the last page whatever it says.
        summaries::fill(&evaluation.store, filter).await?;
    }
    let mut reads = evaluation.store.begin_read().await?;
    let mut rows = evaluation_summaries::list(&reads, filter, question.order, after, size + 1).await?;
    if rows.iter().any(|row| row.summary.is_none()) {
        reads.finish().await?;
        summaries::fill(&evaluation.store, filter).await?;
        reads = evaluation.store.begin_read().await?;
        rows = evaluation_summaries::list(&reads, filter, question.order, after, size + 1).await?;
    }
    let next_page_token = page::cut(&mut rows, size, |row| token(request, row));
    let mut response = ListEvaluationsResponse { next_page_token, ..ListEvaluationsResponse::default() };
    for row in &rows {
        if full {
            response.evaluations.push(summaries::evaluation(&reads, row).await?);
        } else {
            response.summaries.push(summaries::read(&reads, &territory, row).await?);
        }
    }
    reads.finish().await?;
    Ok(response)
}

fn decode(request: &ListEvaluationsRequest) -> Result<Question, RpcError> {
    let mut violations = Violations::default();
    let parent = violations.take("parent", name::parse_region_or_nation(&request.parent));
    let mut month = |field: &str, text: &str| {
        if text.is_empty() { None } else { violations.take(field, text.parse::<Month>()) }
    };
    let only = month("month", &request.month);
    let (from, to) = (month("from_month", &request.from_month), month("to_month", &request.to_month));
    for (field, text) in [("from_month", &request.from_month), ("to_month", &request.to_month)] {
        if !request.month.is_empty() && !text.is_empty() {
            violations.add(field, BESIDE_MONTH);
        }
    }
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        violations.add("to_month", BEFORE_FROM_MONTH);
    }
    let standard_id = if request.standard.is_empty() {
        None
    } else {
        violations.take("standard", name::parse_standard(&request.standard))
    };
    let mut verdicts = vec![];
    for (index, verdict) in request.verdicts.iter().enumerate() {
        match Verdict::try_from(*verdict).ok().and_then(verdict_id) {
            Some(id) => verdicts.push(id),
            None => violations.add(&format!("verdicts[{index}]"), ("is no verdict", "不是结论")),
        }
    }
    verdicts.sort_unstable();
    verdicts.dedup();
    let order = EvaluationOrder::try_from(request.order_by).map_or_else(
        |_| {
            violations.add("order_by", ("is no known order", "不是已有的排序"));
            Order::Region
        },
        order,
    );
    let view = super::view(request.view, &mut violations);
    // Which sizes are allowed the view decides; that it is none at all is told here.
    page::size(request.page_size, BASIC_PAGE.0, BASIC_PAGE.1, &mut violations);
    let after = page::token(&request.page_token, &mut violations, |token| position(request, token));
    violations.finish()?;
    let parent = parent.ok_or_else(|| RpcError::Internal { what: "a wrong field was not told".to_owned() })?;
    Ok(Question { parent, from: only.or(from), to: only.or(to), standard_id, verdicts, order, view, after })
}

const fn verdict_id(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Unspecified => None,
        Verdict::Met => Some("met"),
        Verdict::NotMet => Some("not_met"),
        Verdict::Undetermined => Some("undetermined"),
    }
}

const fn order(order: EvaluationOrder) -> Order {
    match order {
        EvaluationOrder::Unspecified | EvaluationOrder::Region => Order::Region,
        EvaluationOrder::MetShareAscending => Order::MetShareAscending,
        EvaluationOrder::MetShareDescending => Order::MetShareDescending,
        EvaluationOrder::ExceededVariationsDescending => Order::ExceededVariationsDescending,
        EvaluationOrder::NotMetUnitsDescending => Order::NotMetUnitsDescending,
    }
}

/// What a page token holds good for: the parent, the filter and the order.
fn scope(request: &ListEvaluationsRequest) -> String {
    let mut digest = fingerprint::of(&ListEvaluationsRequest {
        page_size: 0,
        page_token: String::new(),
        view: EvaluationView::Unspecified.into(),
        ..request.clone()
    });
    digest.truncate(16);
    digest
}

fn token(request: &ListEvaluationsRequest, row: &Listed) -> String {
    let Position { rank, county, month, standard_id } = &row.position;
    format!("{}.{rank}.{county}.{month}.{standard_id}", scope(request))
}

fn position(request: &ListEvaluationsRequest, token: &str) -> Option<Position> {
    let mut parts = token.splitn(5, '.');
    if parts.next()? != scope(request) {
        return None;
    }
    let (rank, county, month) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let standard_id = name::parse_standard(&name::standard(parts.next()?)).ok()?;
    Some(Position { rank, county, month, standard_id })
}
