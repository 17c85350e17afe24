//! `ListRules`: all rules, with the limits that are in effect in a region.

use junheng_domain::{
    checks::{Limits, LimitsDocument},
    code::RegionCode,
    finding::{ParameterRule, Rule},
};
use junheng_proto::ingest::v1 as proto;
use junheng_runtime::Caller;
use junheng_store::regions;
use junheng_wire::{finding, name, status::RpcError, violations::Violations};

use super::require_region;
use crate::{Ingest, limits};

#[tracing::instrument(name = "ingest.list_rules", skip_all, fields(caller.subject = %caller.subject, region.name = request.region))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: &proto::ListRulesRequest,
) -> Result<proto::ListRulesResponse, RpcError> {
    let mut violations = Violations::default();
    let region =
        if request.region.is_empty() { None } else { violations.take("region", name::parse_region(&request.region)) };
    violations.finish()?;
    let mut documents = vec![];
    if let Some(region) = region {
        require_region(&ingest.store, &region).await?;
        let chain = regions::list_above(&ingest.store, &[region]).await?.pop().unwrap_or_default();
        documents = limits::documents(&ingest.store, &chain).await?;
    }
    let limits = Limits::of(documents.iter().map(|(_, document)| document));
    Ok(proto::ListRulesResponse { rules: Rule::all().iter().map(|rule| encode(rule, &limits, &documents)).collect() })
}

fn encode(rule: &Rule, limits: &Limits, documents: &[(RegionCode, LimitsDocument)]) -> proto::Rule {
    let parameter = |parameter: &ParameterRule| proto::RuleParameter {
        name: parameter.name.to_owned(),
        title: parameter.title.zh.to_owned(),
        title_en: parameter.title.en.to_owned(),
        value: Some(limits.get(parameter.parameter).to_f64()),
        default_value: Some(parameter.default().to_f64()),
    };
    let set_by = documents.iter().find(|(_, document)| document.sets(rule));
    proto::Rule {
        id: rule.id.to_owned(),
        title: rule.title.zh.to_owned(),
        title_en: rule.title.en.to_owned(),
        severity: finding::severity(limits.severity(rule)).into(),
        default_severity: finding::severity(rule.severity).into(),
        enabled: Some(limits.enabled(rule)),
        parameters: rule.parameters().map(parameter).collect(),
        set_by: set_by.map(|(region, _)| name::region(region)).unwrap_or_default(),
    }
}
