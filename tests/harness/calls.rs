//! Calls that many tests make.

use junheng_proto::{
    evaluation::v1::{Evaluation, GetEvaluationRequest, evaluation_service_client::EvaluationServiceClient},
    ingest::v1::{ImportRegionsRequest, ImportSchoolsRequest, registry_service_client::RegistryServiceClient},
};
use tonic::{Code, transport::Channel};

use crate::County;

/// Registers a county, the regions above it and its schools.
pub async fn register(registry: &mut RegistryServiceClient<Channel>, county: &County) {
    let request = ImportRegionsRequest {
        regions: county.regions.clone(),
        request_id: format!("regions-{}", &county.region["regions/".len()..]),
    };
    registry.import_regions(request).await.unwrap();
    let request = ImportSchoolsRequest {
        parent: county.region.clone(),
        schools: county.schools.clone(),
        request_id: "schools".to_owned(),
        ..ImportSchoolsRequest::default()
    };
    let imported = registry.import_schools(request).await.unwrap().into_inner();
    assert_eq!(imported.findings, []);
}

/// The stored evaluation of a county's month, if there is one.
pub async fn find_stored(
    evaluations: &mut EvaluationServiceClient<Channel>,
    region: &str,
    month: &str,
) -> Option<Evaluation> {
    let name = format!("{region}/evaluations/{month}.national-quality-2017");
    match evaluations.get_evaluation(GetEvaluationRequest { name }).await {
        Ok(response) => response.into_inner().evaluation,
        Err(status) if status.code() == Code::NotFound => None,
        Err(status) => panic!("{status:?}"),
    }
}
