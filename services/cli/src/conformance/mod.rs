//! `junheng conformance`: holds an interface to what callers of ours rely on, through whatever proxies stand before it.

mod checks;
mod raw;
mod require;

use junheng_client::ClientError;
use junheng_domain::code::RegionCode;
use junheng_proto::ingest::v1::{ListSubmissionsRequest, submission_service_client::SubmissionServiceClient};
use junheng_wire::name;
use tonic::{
    Code, Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

use crate::{args, failure::Failure, output, server, table::Table};

use checks::Probe;

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng conformance --target http://网关:50051 --region 219999
  junheng conformance --target https://网关 --ca ca.pem --token-file 令牌 --region 219999
  junheng conformance --target http://127.0.0.1:50051                不给出区划时，只做不写入数据的检验

会向 --region 所指的县写入检验数据（月份为1990年），请使用专供检验的县，并先登记该县和一两所学校；
不会触及其他县。
须通过代理、网关使用本系统，或自行实现报送接口的，可据此检验。有一项不通过，退出码为 1。";

/// Arguments of `junheng conformance`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(long, value_name = "URL", help = "被检验的接口的地址")]
    target: String,
    #[arg(long, value_parser = args::county, help = "专供检验的县的六位行政区划代码，将写入数据")]
    region: Option<RegionCode>,
}

/// What a check found.
#[derive(Debug)]
pub(crate) enum Finding {
    /// As required.
    Pass(String),
    /// Not as required.
    Fail(String),
    /// Not tried.
    Skip(String),
}

/// A check that failed or was not tried ends with this.
pub(crate) type Checked = Result<String, Finding>;

/// What is required, in the order in which it is tried. The ids are stable.
const REQUIRED: [(&str, &str); 15] = [
    ("health", "健康检查（grpc.health.v1）答复 SERVING"),
    ("reflection", "可选：提供服务反射，并列出报送服务"),
    ("malformed", "字段不合要求时答复 INVALID_ARGUMENT，一次列出全部字段，详情经代理不丢失"),
    ("unknown-county", "未登记的县答复 NOT_FOUND，原因为 RESOURCE_MISSING，并指明资源"),
    ("deadline", "超过调用方的时限时答复 DEADLINE_EXCEEDED"),
    ("large-message", "能接收约5兆字节的消息"),
    ("accept", "合格的数据得到回执，回执的各项齐全"),
    ("headers", "带有跟踪和其他未知元数据的调用照常处理"),
    ("read-back", "按回执读回的数据与报送的一致"),
    ("repeat", "同一请求编号、同一内容再次报送，答复逐字节相同"),
    ("reuse", "同一请求编号、其他内容被拒绝，原因为 REQUEST_ID_REUSED"),
    ("refuse", "有错误的数据被退回，一次列出全部问题"),
    ("validate-only", "只校验时不写入任何数据"),
    ("stream", "流式报送按次序逐条答复，其中一条有误不影响其他"),
    ("pages", "分页列出报送，各页不重不漏；不正确的页标记被拒绝"),
];

/// Checks, prints, and fails when anything is not as required.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let channel = connect(&args.target).await?;
    let region = args.region.as_ref().map(name::region);
    if let Some(region) = &region {
        require_registered(channel.clone(), region).await?;
    }
    let mut probe = Probe::new(channel, args.target.clone(), server::caller(), region).await;
    let mut table = Table::new(["检验", "结果", "要求", "说明"], &[]);
    let mut failed = 0;
    for (id, required) in REQUIRED {
        let finding = probe.check(id).await.map_or_else(|finding| finding, Finding::Pass);
        let (result, detail) = match finding {
            Finding::Pass(detail) => ("通过", detail),
            Finding::Fail(detail) => {
                failed += 1;
                ("不通过", detail)
            }
            Finding::Skip(detail) => ("未检验", detail),
        };
        table.row([id.to_owned(), result.to_owned(), required.to_owned(), detail]);
    }
    output::print(&table.lines("").join("\n"))?;
    if failed == 0 {
        return Ok(());
    }
    Err(Failure::Refused(format!("{failed}项不通过")))
}

/// Ends where the interface says that there is no such county, as most checks would fail for it.
async fn require_registered(channel: Calls, region: &str) -> Result<(), Failure> {
    let request =
        ListSubmissionsRequest { parent: region.to_owned(), page_size: 1, ..ListSubmissionsRequest::default() };
    match SubmissionServiceClient::new(channel).list_submissions(request).await {
        Err(status) if matches!(status.code(), Code::Unauthenticated | Code::PermissionDenied) => {
            Err(Failure::Refused("服务不接受所给的身份：请用 --token 或 --token-file 给出能报送该县的令牌".to_owned()))
        }
        Err(status) if status.code() == Code::NotFound => {
            Err(Failure::Refused(format!("该接口上没有 {region}，请先登记该县和一两所学校，并使用该县的令牌")))
        }
        _ => Ok(()),
    }
}

/// Calls as whom the command line says.
pub(crate) type Calls = InterceptedService<Channel, Bearer>;

/// Puts the token into every call.
#[derive(Clone)]
pub(crate) struct Bearer(Option<MetadataValue<Ascii>>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            request.metadata_mut().insert("authorization", token.clone());
        }
        Ok(request)
    }
}

async fn connect(target: &str) -> Result<Calls, Failure> {
    let no_url = |_| Failure::Usage(format!("服务地址“{target}”不正确，应形如 http://127.0.0.1:50051"));
    let caller = server::caller();
    let mut endpoint = Endpoint::from_shared(target.to_owned()).map_err(no_url)?;
    if endpoint.uri().scheme_str() == Some("https") {
        let unusable = |_| Failure::Usage("所给的证书不能使用".to_owned());
        endpoint = endpoint.tls_config(caller.credentials.tls()).map_err(unusable)?;
    }
    let unreachable = |_| Failure::Refused(format!("无法连接 {target}"));
    let channel = endpoint.connect().await.map_err(unreachable)?;
    let token = caller.credentials.authorization().map_err(|error| Failure::Client(ClientError::Credentials(error)))?;
    Ok(InterceptedService::new(channel, Bearer(token)))
}
