//! `junheng standards check` and `register`.

use std::path::PathBuf;

use junheng_domain::standard::{StandardFault, StandardFaults};
use junheng_proto::evaluation::v1::{
    RegisterStandardRequest, Standard, StandardRefusal, register_standard_response::Outcome,
};
use junheng_wire::time;

use super::{id, last, read, refused};
use crate::{args, failure::Failure, files::File, output, request_id, server};

pub(super) const CHECK_EXAMPLES: &str = "\
示例：
  junheng standards check 省标准.toml
  junheng standards check 省标准.toml 市标准.toml      后面的文件可以扩展前面的

扩展（extends）内置标准的文件只写与它不同之处；扩展服务上已登记标准的文件，用 junheng standards register --check 检查。
全部错误连同行号列在标准错误上，有错误时退出码为 1。";

pub(super) const EXAMPLES: &str = "\
示例：
  junheng standards register 省标准.toml
  junheng standards register 省标准.toml --check       只检查，不登记

登记后的标准不再变动：新版本请使用新编号。登记后尚不用于评估，用 junheng standards in-force set 施行。";

/// Arguments of `junheng standards check`.
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    #[arg(required = true, value_name = "FILE.toml", help = "标准文件")]
    files: Vec<PathBuf>,
}

/// Arguments of `junheng standards register`.
#[derive(Debug, clap::Args)]
pub(super) struct Register {
    #[arg(value_name = "FILE.toml", help = "标准文件")]
    file: PathBuf,
    #[arg(long, help = "只检查，不登记")]
    check: bool,
    #[arg(long, value_name = "URL", default_value = server::EVALUATION, help = "评估服务的地址")]
    server: String,
    #[arg(long, value_name = "ID", value_parser = args::request_id, help = "请求编号，1 至 64 个字母、数字、. _ -；不给出时自动生成")]
    request_id: Option<String>,
    #[arg(long, help = "输出 JSON（protobuf 的规范形式）")]
    json: bool,
}

/// Checks files without any service.
pub(super) fn check(args: &Check) -> Result<(), Failure> {
    for standard in read(&args.files)? {
        output::print(&format!("检查通过：{}", summary(&junheng_wire::standard::encode(&standard, false))))?;
    }
    Ok(())
}

/// Registers a standard.
pub(super) async fn run(args: Register) -> Result<(), Failure> {
    let file = File::read(&args.file)?;
    let name = file.name();
    let document =
        String::from_utf8(file.bytes).map_err(|_| Failure::Refused(format!("评估标准文件 {name} 不是 UTF-8 编码")))?;
    let request_id = request_id::or_new(args.request_id);
    let request = RegisterStandardRequest { document, request_id: request_id.clone(), validate_only: args.check };
    let answer = server::connect(&args.server).await?.register_standard(request).await;
    let answer = answer.inspect_err(|error| request_id::advise(error, &request_id))?;
    match answer.outcome {
        Some(Outcome::Standard(_)) if args.json => output::print(&serde_json::to_string_pretty(&answer)?),
        Some(Outcome::Standard(standard)) => {
            let at = standard.registered_at.as_ref().and_then(time::decode);
            let what = at.map_or_else(|| "检查通过".to_owned(), |instant| format!("已登记（{instant}）"));
            output::print(&format!("{what}：{}", summary(&standard)))
        }
        Some(Outcome::Refusal(refusal)) => Err(refused(&format!("评估标准文件 {name} "), &decode(refusal))),
        None => Err(Failure::Refused("服务没有给出结果".to_owned())),
    }
}

fn summary(standard: &Standard) -> String {
    let extends = match standard.extends.as_str() {
        "" => String::new(),
        base => format!("，扩展 {}", last(base)),
    };
    let (indicators, items) = (standard.indicators.len(), standard.items.len());
    format!("{} {}{extends}；资源配置指标{indicators}项，县级指标项{items}项", id(standard), standard.display_name)
}

fn decode(refusal: StandardRefusal) -> StandardFaults {
    let faults = refusal.faults.into_iter().map(|fault| StandardFault {
        base: (!fault.base.is_empty()).then(|| last(&fault.base).to_owned()),
        line: fault.line,
        path: fault.path,
        reason: fault.message,
    });
    StandardFaults(faults.collect())
}
