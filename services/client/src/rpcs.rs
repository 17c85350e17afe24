//! The calls, one method each.

use junheng_proto::{
    evaluation::v1::{
        AttributeVariationRequest, AttributeVariationResponse, CompareEvaluationsRequest, CompareEvaluationsResponse,
        CompareStandardsRequest, CompareStandardsResponse, EvaluateCountyRequest, EvaluateCountyResponse,
        ExplainVerdictRequest, ExplainVerdictResponse, GetEvaluationRequest, GetEvaluationResponse,
        GetProvinceSummaryRequest, GetProvinceSummaryResponse, GetStandardRequest, GetStandardResponse,
        GrantWaiverRequest, GrantWaiverResponse, ListEvaluationsRequest, ListEvaluationsResponse,
        ListStandardsInForceRequest, ListStandardsInForceResponse, ListStandardsRequest, ListStandardsResponse,
        ListWaiversRequest, ListWaiversResponse, RecomputeEvaluationsRequest, RecomputeEvaluationsResponse,
        RegisterStandardRequest, RegisterStandardResponse, RevokeWaiverRequest, RevokeWaiverResponse,
        SetStandardInForceRequest, SetStandardInForceResponse, SimulateCountyRequest, SimulateCountyResponse,
        evaluation_service_client::EvaluationServiceClient, standard_service_client::StandardServiceClient,
        waiver_service_client::WaiverServiceClient,
    },
    ingest::v1::{
        GetCheckLimitsRequest, GetCheckLimitsResponse, GetFactsRequest, GetFactsResponse, GetReportingCalendarRequest,
        GetReportingCalendarResponse, GetReportingStatusRequest, GetReportingStatusResponse, GetSchoolRequest,
        GetSchoolResponse, GetSubmissionRequest, GetSubmissionResponse, GetTemplateRequest, GetTemplateResponse,
        ImportRegionsRequest, ImportRegionsResponse, ImportSchoolsRequest, ImportSchoolsResponse, ListChangesRequest,
        ListChangesResponse, ListRegionsRequest, ListRegionsResponse, ListRulesRequest, ListRulesResponse,
        ListSchoolsRequest, ListSchoolsResponse, ListSubmissionsRequest, ListSubmissionsResponse,
        RecordSchoolEventsRequest, RecordSchoolEventsResponse, SetCheckLimitsRequest, SetCheckLimitsResponse,
        SetReportingCalendarRequest, SetReportingCalendarResponse, WithdrawMonthRequest, WithdrawMonthResponse,
        check_service_client::CheckServiceClient, file_service_client::FileServiceClient,
        inflow_service_client::InflowServiceClient, registry_service_client::RegistryServiceClient,
        submission_service_client::SubmissionServiceClient,
    },
    reporting::v1::{
        CompareCountiesRequest, CompareCountiesResponse, ExportTableRequest, ExportTableResponse, GetAuditHeadRequest,
        GetAuditHeadResponse, GetProvinceOverviewRequest, GetProvinceOverviewResponse, GetSeriesRequest,
        GetSeriesResponse, IssueReportRequest, IssueReportResponse, ListAuditRecordsRequest, ListAuditRecordsResponse,
        ListReportsRequest, ListReportsResponse, RenderBulletinRequest, RenderBulletinResponse,
        RenderCountyReportRequest, RenderCountyReportResponse, RenderMonthlyStatisticsRequest,
        RenderMonthlyStatisticsResponse, audit_service_client::AuditServiceClient,
        overview_service_client::OverviewServiceClient, report_service_client::ReportServiceClient,
    },
};

use crate::{client::Client, error::ClientError};

/// Writes a method for each call: `doc, service's client: method(Request) -> Response`.
macro_rules! rpcs {
    ($($(#[$doc:meta])* $service:ident: $method:ident($request:ty) -> $response:ty;)*) => {
        impl Client {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                ///
                /// [`ClientError`] when the service answers with a status or not in time.
                pub async fn $method(&self, request: $request) -> Result<$response, ClientError> {
                    self.call(request, async |channel, request, bytes| {
                        $service::new(channel).max_decoding_message_size(bytes).$method(request).await
                    })
                    .await
                }
            )*
        }
    };
}

rpcs! {
    /// Lists who did what.
    AuditServiceClient: list_audit_records(ListAuditRecordsRequest) -> ListAuditRecordsResponse;
    /// Gets the newest signed head of the audit.
    AuditServiceClient: get_audit_head(GetAuditHeadRequest) -> GetAuditHeadResponse;
    /// Creates or renames regions. Give it a `request_id` of its own.
    RegistryServiceClient: import_regions(ImportRegionsRequest) -> ImportRegionsResponse;
    /// Lists regions by code.
    RegistryServiceClient: list_regions(ListRegionsRequest) -> ListRegionsResponse;
    /// Creates or changes schools of one county. Findings in the answer mean that nothing was imported. Give it a `request_id` of its own.
    RegistryServiceClient: import_schools(ImportSchoolsRequest) -> ImportSchoolsResponse;
    /// Records what happened to schools of one county. Errors among the findings in the answer mean that nothing was recorded. Give it
    /// a `request_id` of its own, and repeat it with the same one until it is answered: a move is written in two counties.
    RegistryServiceClient: record_school_events(RecordSchoolEventsRequest) -> RecordSchoolEventsResponse;
    /// Gets a school with its history, its events and its lineage.
    RegistryServiceClient: get_school(GetSchoolRequest) -> GetSchoolResponse;
    /// Lists the schools of a county by code.
    RegistryServiceClient: list_schools(ListSchoolsRequest) -> ListSchoolsResponse;
    /// Withdraws a month, so that it counts as not reported. Give it a `request_id` of its own.
    SubmissionServiceClient: withdraw_month(WithdrawMonthRequest) -> WithdrawMonthResponse;
    /// Gets what counts for a county's month, now or as of an instant.
    SubmissionServiceClient: get_facts(GetFactsRequest) -> GetFactsResponse;
    /// Gets one submission with its facts, or a refused one with its findings.
    SubmissionServiceClient: get_submission(GetSubmissionRequest) -> GetSubmissionResponse;
    /// Lists a county's submissions, newest first.
    SubmissionServiceClient: list_submissions(ListSubmissionsRequest) -> ListSubmissionsResponse;
    /// Makes a workbook for one county and month, to fill in.
    FileServiceClient: get_template(GetTemplateRequest) -> GetTemplateResponse;
    /// Says until which day the counties of a region report. Give it a `request_id` of its own.
    InflowServiceClient: set_reporting_calendar(SetReportingCalendarRequest) -> SetReportingCalendarResponse;
    /// Gets the calendar that holds for a region and month.
    InflowServiceClient: get_reporting_calendar(GetReportingCalendarRequest) -> GetReportingCalendarResponse;
    /// Tells how the counties under a region stand with one month or several.
    InflowServiceClient: get_reporting_status(GetReportingStatusRequest) -> GetReportingStatusResponse;
    /// Lists the revisions under a region that became known since a token was given.
    InflowServiceClient: list_changes(ListChangesRequest) -> ListChangesResponse;
    /// Lists the rules that submissions are held against, with the limits in effect in a region.
    CheckServiceClient: list_rules(ListRulesRequest) -> ListRulesResponse;
    /// Gets the limits that a region itself sets.
    CheckServiceClient: get_check_limits(GetCheckLimitsRequest) -> GetCheckLimitsResponse;
    /// Sets the limits of a region. Faults in the answer mean that nothing was set. Give it a `request_id` of its own.
    CheckServiceClient: set_check_limits(SetCheckLimitsRequest) -> SetCheckLimitsResponse;
    /// Evaluates one county's month and stores nothing.
    EvaluationServiceClient: evaluate_county(EvaluateCountyRequest) -> EvaluateCountyResponse;
    /// Gets a stored evaluation; `NOT_FOUND` while the month has not been evaluated yet, too.
    EvaluationServiceClient: get_evaluation(GetEvaluationRequest) -> GetEvaluationResponse;
    /// Lists stored evaluations of a county, or of all counties under a region.
    EvaluationServiceClient: list_evaluations(ListEvaluationsRequest) -> ListEvaluationsResponse;
    /// Counts how the counties under a region stand in a month.
    EvaluationServiceClient: get_province_summary(GetProvinceSummaryRequest) -> GetProvinceSummaryResponse;
    /// Evaluates one county's month as it would be after changes. Findings in the answer mean that nothing was simulated.
    EvaluationServiceClient: simulate_county(SimulateCountyRequest) -> SimulateCountyResponse;
    /// Explains a verdict as a tree, or a part of it.
    EvaluationServiceClient: explain_verdict(ExplainVerdictRequest) -> ExplainVerdictResponse;
    /// Attributes coefficients of variation to the units that they come from.
    EvaluationServiceClient: attribute_variation(AttributeVariationRequest) -> AttributeVariationResponse;
    /// Compares two verdicts on one county, step by step.
    EvaluationServiceClient: compare_evaluations(CompareEvaluationsRequest) -> CompareEvaluationsResponse;
    /// Has the reported months of a region evaluated anew. Give it a `request_id` of its own.
    EvaluationServiceClient: recompute_evaluations(RecomputeEvaluationsRequest) -> RecomputeEvaluationsResponse;
    /// Lists the standards by id.
    StandardServiceClient: list_standards(ListStandardsRequest) -> ListStandardsResponse;
    /// Gets a standard with its document.
    StandardServiceClient: get_standard(GetStandardRequest) -> GetStandardResponse;
    /// Registers a standard, or tells every fault of its document. Give it a `request_id` of its own.
    StandardServiceClient: register_standard(RegisterStandardRequest) -> RegisterStandardResponse;
    /// Tells what two standards say differently.
    StandardServiceClient: compare_standards(CompareStandardsRequest) -> CompareStandardsResponse;
    /// Puts a standard in force in a region. Give it a `request_id` of its own.
    StandardServiceClient: set_standard_in_force(SetStandardInForceRequest) -> SetStandardInForceResponse;
    /// Lists what is in force in a region and above it, and what of it wins.
    StandardServiceClient: list_standards_in_force(ListStandardsInForceRequest) -> ListStandardsInForceResponse;
    /// Grants a waiver to a school. Give it a `request_id` of its own.
    WaiverServiceClient: grant_waiver(GrantWaiverRequest) -> GrantWaiverResponse;
    /// Takes a granted waiver back. Give it a `request_id` of its own.
    WaiverServiceClient: revoke_waiver(RevokeWaiverRequest) -> RevokeWaiverResponse;
    /// Lists the waivers that were granted to schools of a county.
    WaiverServiceClient: list_waivers(ListWaiversRequest) -> ListWaiversResponse;
    /// Renders the statistics of one county's month as a workbook.
    ReportServiceClient: render_monthly_statistics(RenderMonthlyStatisticsRequest) -> RenderMonthlyStatisticsResponse;
    /// Renders a report and keeps it as issued. Give it a `request_id` of its own.
    ReportServiceClient: issue_report(IssueReportRequest) -> IssueReportResponse;
    /// Lists the issued reports of a county, newest first.
    ReportServiceClient: list_reports(ListReportsRequest) -> ListReportsResponse;
    /// Renders the report on one county's month from its stored evaluation.
    ReportServiceClient: render_county_report(RenderCountyReportRequest) -> RenderCountyReportResponse;
    /// Tells how the counties under a region stand in a month.
    OverviewServiceClient: get_province_overview(GetProvinceOverviewRequest) -> GetProvinceOverviewResponse;
    /// Sets several counties of one month side by side.
    OverviewServiceClient: compare_counties(CompareCountiesRequest) -> CompareCountiesResponse;
    /// Tells figures month by month.
    OverviewServiceClient: get_series(GetSeriesRequest) -> GetSeriesResponse;
    /// Writes an overview, a comparison or a series as a table.
    OverviewServiceClient: export_table(ExportTableRequest) -> ExportTableResponse;
    /// Renders the monthly bulletin of a region.
    OverviewServiceClient: render_bulletin(RenderBulletinRequest) -> RenderBulletinResponse;
}
