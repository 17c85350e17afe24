//! The checks, one function each.

use std::collections::BTreeSet;

use futures::stream;
use junheng_proto::ingest::v1::{
    CountyItem, GetSubmissionRequest, ListSchoolsRequest, ListSubmissionsRequest, ListSubmissionsResponse, Receipt,
    SchoolFacts, Submission, SubmissionState, SubmitMonthRequest, SubmitMonthResponse, SubmitMonthsRequest,
    SubmitMonthsResponse, county_item::Value, registry_service_client::RegistryServiceClient,
    submission_service_client::SubmissionServiceClient, submit_month_response::Outcome,
    submit_months_response::Outcome as Streamed,
};
use tonic::{Code, Request, Status, transport::Channel};
use tonic_health::{
    ServingStatus,
    pb::{HealthCheckRequest, health_client::HealthClient},
};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use super::{
    Checked, Finding, raw,
    require::{fail, refused, require, require_status, skipped},
};

/// Bytes that an answer may have: findings on the large message.
const ANSWER_BYTES: usize = 64 << 20;
/// Rows and characters that make a message of some 5 MiB, within what a message may hold.
const LARGE: (usize, usize) = (900, 1_950);
/// The month of the main checks; nobody reports it.
const MONTH: &str = "1990-03";
/// The day that its schools must be open on.
const LAST_DAY: &str = "1990-03-31";
/// Statuses on the wire.
const DEADLINE_EXCEEDED: &str = "4";

/// What is checked, and what earlier checks left.
pub(super) struct Probe {
    target: String,
    channel: Channel,
    client: SubmissionServiceClient<Channel>,
    region: Option<String>,
    /// Schools of the county that are open in the month of the checks.
    schools: Vec<String>,
    /// What was accepted, and the answer.
    accepted: Option<(SubmitMonthRequest, SubmitMonthResponse)>,
}

impl Probe {
    /// Looks which schools the county has, as far as the interface tells.
    pub(super) async fn new(channel: Channel, target: String, region: Option<String>) -> Self {
        let client = SubmissionServiceClient::new(channel.clone()).max_decoding_message_size(ANSWER_BYTES);
        let mut schools = vec![];
        if let Some(parent) = &region {
            let request =
                ListSchoolsRequest { parent: parent.clone(), page_size: 1000, ..ListSchoolsRequest::default() };
            if let Ok(listed) = RegistryServiceClient::new(channel.clone()).list_schools(request).await {
                let open = |school: &junheng_proto::ingest::v1::School| {
                    school.closed_on.is_empty() && school.opened_on.as_str() <= LAST_DAY
                };
                let listed = listed.into_inner().schools.into_iter().filter(open);
                schools = listed.filter_map(|school| school.name.rsplit('/').next().map(ToOwned::to_owned)).collect();
            }
        }
        Self { target, channel, client, region, schools, accepted: None }
    }

    /// Tries one requirement.
    pub(super) async fn check(&mut self, id: &str) -> Checked {
        match id {
            "health" => self.health().await,
            "reflection" => self.reflection().await,
            "malformed" => self.malformed().await,
            "unknown-county" => self.unknown_county().await,
            "deadline" => self.deadline().await,
            "large-message" => self.large_message().await,
            "accept" => self.accept().await,
            "headers" => self.headers().await,
            "read-back" => self.read_back().await,
            "repeat" => self.repeat().await,
            "reuse" => self.reuse().await,
            "refuse" => self.refuse().await,
            "validate-only" => self.validate_only().await,
            "stream" => self.stream().await,
            "pages" => self.pages().await,
            _ => Err(Finding::Skip("没有这项检验".to_owned())),
        }
    }

    async fn health(&self) -> Checked {
        let asked = HealthClient::new(self.channel.clone()).check(HealthCheckRequest::default()).await;
        let status = asked.map_err(|status| fail("没有答复健康检查", &status))?.into_inner().status;
        require(status == ServingStatus::Serving as i32, || format!("答复的状态为 {status}"))?;
        Ok(String::new())
    }

    async fn reflection(&self) -> Checked {
        let request = ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        };
        let mut client = ServerReflectionClient::new(self.channel.clone());
        let skip = |status: Status| Finding::Skip(format!("没有提供（{:?}）", status.code()));
        let mut answers = client.server_reflection_info(stream::iter([request])).await.map_err(skip)?.into_inner();
        let answer = answers.message().await.map_err(skip)?;
        let Some(MessageResponse::ListServicesResponse(services)) = answer.and_then(|answer| answer.message_response)
        else {
            return Err(Finding::Fail("答复中没有服务列表".to_owned()));
        };
        let listed = services.service.iter().any(|service| service.name == "junheng.ingest.v1.SubmissionService");
        require(listed, || "没有列出 junheng.ingest.v1.SubmissionService".to_owned())?;
        Ok(String::new())
    }

    async fn malformed(&mut self) -> Checked {
        let wrong = SubmitMonthRequest { region: "x".into(), month: "1990".into(), ..SubmitMonthRequest::default() };
        let status = refused(self.client.submit_month(wrong).await.map(drop))?;
        require_status(&status, Code::InvalidArgument, "INVALID_FIELD")?;
        let told = status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
        let told: BTreeSet<_> = told.into_iter().map(|violation| violation.field).collect();
        let left_out: Vec<_> =
            ["region", "month", "request_id", "schools"].into_iter().filter(|field| !told.contains(*field)).collect();
        require(left_out.is_empty(), || format!("BadRequest 中没有列出 {}", left_out.join("、")))?;
        Ok("BadRequest 和中文说明齐全".to_owned())
    }

    async fn unknown_county(&mut self) -> Checked {
        let request = SubmitMonthRequest {
            region: "regions/999999".into(),
            month: MONTH.into(),
            validate_only: true,
            items: vec![declaration(true)],
            ..SubmitMonthRequest::default()
        };
        let status = refused(self.client.submit_month(request).await.map(drop))?;
        require_status(&status, Code::NotFound, "RESOURCE_MISSING")?;
        let info = status.get_details_error_info();
        let resource = info.and_then(|info| info.metadata.get("resource").cloned()).unwrap_or_default();
        require(resource == "regions/999999", || format!("ErrorInfo 的 resource 为“{resource}”"))?;
        Ok(String::new())
    }

    async fn deadline(&self) -> Checked {
        let path = "/junheng.ingest.v1.SubmissionService/SubmitMonths";
        let status = raw::status_of(&self.target, path, "200m").await.map_err(Finding::Fail)?;
        require(status == DEADLINE_EXCEEDED, || format!("时限为200毫秒时，答复的 grpc-status 为 {status}"))?;
        Ok(String::new())
    }

    async fn large_message(&mut self) -> Checked {
        let evidence = "证".repeat(LARGE.1);
        let items = (0..LARGE.0).map(|_| CountyItem { evidence: evidence.clone(), ..declaration(true) }).collect();
        let region = self.county()?;
        let request =
            SubmitMonthRequest { region, month: MONTH.into(), validate_only: true, items, ..Default::default() };
        let answered = self.client.submit_month(request).await;
        let answered = answered.map_err(|status| fail("没有接收", &status))?.into_inner();
        require(answered.outcome.is_some(), || "答复中没有结果".to_owned())?;
        Ok(String::new())
    }

    async fn accept(&mut self) -> Checked {
        let request = self.request(MONTH, &id())?;
        let response = self.submit(request.clone()).await?;
        let receipt = receipt(&response)?;
        let mut missing = vec![];
        for (field, there) in [
            ("submission", receipt.submission.starts_with(&format!("{}/submissions/{MONTH}.", request.region))),
            ("revision", receipt.revision.is_some_and(|revision| revision > 0)),
            (
                "school_count",
                receipt.school_count.and_then(|count| count.try_into().ok()) == Some(request.schools.len()),
            ),
            ("item_count", receipt.item_count.and_then(|count| count.try_into().ok()) == Some(request.items.len())),
            ("content_digest", receipt.content_digest.len() == 64),
            ("known_at", receipt.known_at.is_some()),
        ] {
            if !there {
                missing.push(field);
            }
        }
        require(missing.is_empty(), || format!("回执缺少或不正确：{}", missing.join("、")))?;
        let detail = receipt.submission.clone();
        self.accepted = Some((request, response));
        Ok(detail)
    }

    async fn headers(&mut self) -> Checked {
        let mut request = Request::new(self.request(MONTH, "")?);
        request.get_mut().validate_only = true;
        let metadata = request.metadata_mut();
        for (name, value) in
            [("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), ("x-conformance", "check")]
        {
            if let Ok(value) = value.parse() {
                metadata.insert(name, value);
            }
        }
        metadata.insert_bin("x-conformance-bin", tonic::metadata::MetadataValue::from_bytes(&[0, 255, 7]));
        let answered = self.client.submit_month(request).await;
        receipt(&answered.map_err(|status| fail("没有接受", &status))?.into_inner())?;
        Ok(String::new())
    }

    async fn read_back(&mut self) -> Checked {
        let (request, response) = self.accepted()?;
        let receipt = receipt(&response)?;
        let found = self.client.get_submission(GetSubmissionRequest { name: receipt.submission.clone() }).await;
        let found = found.map_err(|status| fail("没有读到", &status))?.into_inner().submission.unwrap_or_default();
        require(found.schools == request.schools, || "各校数据与报送的不同".to_owned())?;
        require(found.items == request.items, || "县级要素与报送的不同".to_owned())?;
        require(found.state() == SubmissionState::Accepted, || format!("状态为 {}", found.state().as_str_name()))?;
        let same = found.content_digest == receipt.content_digest && found.known_at == receipt.known_at;
        require(same && found.revision == receipt.revision, || "摘要、版次或接收时间与回执不同".to_owned())?;
        Ok(String::new())
    }

    async fn repeat(&mut self) -> Checked {
        let (request, first) = self.accepted()?;
        let again = self.submit(request).await?;
        let same = prost::Message::encode_to_vec(&again) == prost::Message::encode_to_vec(&first);
        let name =
            |response: &SubmitMonthResponse| receipt(response).map(|receipt| receipt.submission).unwrap_or_default();
        require(same, || format!("先得到 {}，后得到 {}", name(&first), name(&again)))?;
        Ok(String::new())
    }

    async fn reuse(&mut self) -> Checked {
        let (mut request, _) = self.accepted()?;
        request.items = vec![declaration(false)];
        let status = refused(self.client.submit_month(request).await.map(drop))?;
        require_status(&status, Code::InvalidArgument, "REQUEST_ID_REUSED")?;
        Ok(String::new())
    }

    async fn refuse(&mut self) -> Checked {
        let mut request = self.request("1990-07", &id())?;
        request.schools = vec![SchoolFacts {
            school_code: self.schools.first().cloned().unwrap_or_else(|| "9999999999".to_owned()),
            teaching_area_m2: Some(-1.0),
            sports_ground_area_m2: Some(-2.0),
            ..SchoolFacts::default()
        }];
        let response = self.submit(request).await?;
        let Some(Outcome::Refusal(refusal)) = response.outcome else {
            return Err(Finding::Fail("面积为负的数据没有被退回".to_owned()));
        };
        let count = refusal.error_count.unwrap_or_default();
        require(count >= 2, || format!("有两处面积为负，只报告了{count}个错误"))?;
        require(!refusal.findings.is_empty(), || "没有列出问题".to_owned())?;
        require(!refusal.submission.is_empty(), || "被退回的报送没有留存".to_owned())?;
        Ok(String::new())
    }

    async fn validate_only(&mut self) -> Checked {
        let month = "1990-09";
        let before = self.list(month, 1000, "").await?.submissions.len();
        let mut request = self.request(month, "")?;
        request.validate_only = true;
        let receipt = receipt(&self.submit(request).await?)?;
        require(receipt.submission.is_empty() && receipt.revision.is_none(), || "回执中有报送名称或版次".to_owned())?;
        let after = self.list(month, 1000, "").await?.submissions.len();
        require(before == after, || format!("校验前有{before}次报送，校验后有{after}次"))?;
        Ok(String::new())
    }

    async fn stream(&mut self) -> Checked {
        let (good, mut bad, last) =
            (self.request("1990-05", &id())?, self.request("1990-05", &id())?, self.request("1990-11", &id())?);
        bad.month = "1990".into();
        let sent = [good, bad, last];
        let ids: Vec<_> = sent.iter().map(|request| request.request_id.clone()).collect();
        let messages = sent.map(SubmitMonthsRequest::from);
        let answers = self.client.submit_months(stream::iter(messages)).await;
        let mut answers = answers.map_err(|status| fail("没有接受", &status))?.into_inner();
        let mut got: Vec<SubmitMonthsResponse> = vec![];
        while let Some(answer) = answers.message().await.map_err(|status| fail("中途断开", &status))? {
            got.push(answer);
        }
        let order: Vec<_> = got.iter().map(|answer| answer.request_id.clone()).collect();
        require(order == ids, || format!("报送了{}条，答复了{}条，或次序不同", ids.len(), order.len()))?;
        let outcomes = got.iter().map(|answer| match &answer.outcome {
            Some(Streamed::Receipt(_)) => "接收",
            Some(Streamed::Error(error)) if error.reason == "INVALID_FIELD" => "有误",
            _ => "其他",
        });
        let outcomes: Vec<_> = outcomes.collect();
        require(outcomes == ["接收", "有误", "接收"], || format!("依次得到：{}", outcomes.join("、")))?;
        Ok(String::new())
    }

    async fn pages(&mut self) -> Checked {
        let all = self.list("", 1000, "").await?;
        require(all.submissions.len() > 1, || "此前各项没有写入两次报送".to_owned()).map_err(skipped)?;
        let names = |listed: &[Submission]| listed.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
        let one = self.list("", 1, "").await?;
        require(!one.next_page_token.is_empty(), || "第一页没有下一页的标记".to_owned())?;
        let two = self.list("", 1, &one.next_page_token).await?;
        let paged = [names(&one.submissions), names(&two.submissions)].concat();
        require(paged == names(&all.submissions)[..2], || format!("逐页得到 {}", paged.join("、")))?;
        let status = refused(self.list_raw("", 1, "what is this").await.map(drop))?;
        require_status(&status, Code::InvalidArgument, "INVALID_FIELD")?;
        Ok(String::new())
    }

    fn county(&self) -> Result<String, Finding> {
        self.region.clone().ok_or_else(|| Finding::Skip("没有给出 --region".to_owned()))
    }

    fn accepted(&self) -> Result<(SubmitMonthRequest, SubmitMonthResponse), Finding> {
        self.county()?;
        self.accepted.clone().ok_or_else(|| Finding::Skip("accept 没有通过".to_owned()))
    }

    /// A month that is right.
    fn request(&self, month: &str, request_id: &str) -> Result<SubmitMonthRequest, Finding> {
        // Every school, each with its own figures, so that nothing is worth a warning.
        let facts = |(index, code): (u32, &String)| SchoolFacts {
            school_code: code.clone(),
            sports_ground_area_m2: Some(1_234.56 + 71.25 * f64::from(index)),
            books: Some(12_347 + 631 * index),
            computers: Some(37 * index),
            ..SchoolFacts::default()
        };
        Ok(SubmitMonthRequest {
            region: self.county()?,
            month: month.to_owned(),
            request_id: request_id.to_owned(),
            schools: (0..).zip(&self.schools).map(facts).collect(),
            items: vec![declaration(true)],
            ..SubmitMonthRequest::default()
        })
    }

    async fn submit(&mut self, request: SubmitMonthRequest) -> Result<SubmitMonthResponse, Finding> {
        let answered = self.client.submit_month(request).await;
        answered.map(tonic::Response::into_inner).map_err(|status| fail("没有接受", &status))
    }

    async fn list(&mut self, month: &str, size: i32, token: &str) -> Result<ListSubmissionsResponse, Finding> {
        self.county()?;
        self.list_raw(month, size, token).await.map_err(|status| fail("没有列出", &status))
    }

    async fn list_raw(&mut self, month: &str, size: i32, token: &str) -> Result<ListSubmissionsResponse, Status> {
        let request = ListSubmissionsRequest {
            parent: self.region.clone().unwrap_or_default(),
            month: month.to_owned(),
            page_size: size,
            page_token: token.to_owned(),
        };
        self.client.list_submissions(request).await.map(tonic::Response::into_inner)
    }
}

/// An id that nobody used.
fn id() -> String {
    format!("conformance-{}", Uuid::new_v4())
}

fn declaration(met: bool) -> CountyItem {
    CountyItem {
        item: "G1".into(),
        operand: "declared_met".into(),
        value: Some(Value::Declaration(met)),
        declared_on: "1990-03-01".into(),
        declared_by: "接口检验".into(),
        evidence: "接口检验数据".into(),
    }
}

fn receipt(response: &SubmitMonthResponse) -> Result<Receipt, Finding> {
    match &response.outcome {
        Some(Outcome::Receipt(receipt)) => Ok(receipt.clone()),
        Some(Outcome::Refusal(refusal)) => {
            let rules: BTreeSet<_> = refusal.findings.iter().map(|finding| finding.rule.as_str()).collect();
            let rules: Vec<_> = rules.into_iter().collect();
            Err(Finding::Fail(format!("合格的数据被退回（{}）", rules.join("、"))))
        }
        _ => Err(Finding::Fail("答复中没有回执".to_owned())),
    }
}
