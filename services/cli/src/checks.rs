//! `junheng checks`: the rules that submissions are held against, and the limits that regions set.

use std::path::PathBuf;

use junheng_domain::code::RegionCode;
use junheng_proto::ingest::v1::{ListRulesRequest, ListRulesResponse, Rule, SetCheckLimitsRequest, Severity};
use junheng_wire::name;

use crate::{args, failure::Failure, files::File, output, request_id, server};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng checks                           各条规则和缺省限值
  junheng checks 210922                    彰武县适用的限值
  junheng checks set 210000 限值.toml      确定辽宁省的限值

限值文件每条规则一个表，未写明的项用缺省值；离县最近、写有该规则的区划为准：
  [pupils_jump]
  share = 0.3
  [round_numbers]
  enabled = false
  [school_left_out]
  severity = \"error\"
只有警告级的规则可以调整。";

/// Arguments of `junheng checks`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[arg(value_parser = args::county, help = "区划的六位行政区划代码；不给出时列出缺省限值")]
    region: Option<RegionCode>,
    #[arg(long, value_name = "URL", default_value = server::INGEST, help = "接收服务的地址")]
    server: String,
    #[arg(long, help = "输出 JSON")]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    #[command(about = "确定一个区划的限值", after_help = EXAMPLES)]
    Set(Set),
}

#[derive(Debug, clap::Args)]
struct Set {
    #[arg(value_parser = args::county, help = "区划的六位行政区划代码")]
    region: RegionCode,
    #[arg(value_name = "FILE.toml", help = "限值文件；空文件表示不再另行确定")]
    file: PathBuf,
    #[arg(long, value_name = "URL", default_value = server::INGEST, help = "接收服务的地址")]
    server: String,
    #[arg(long, value_name = "ID", value_parser = args::request_id, help = "请求编号，1 至 64 个字母、数字、. _ -；不给出时自动生成")]
    request_id: Option<String>,
}

/// Does what was asked.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    if let Some(Command::Set(args)) = args.command {
        return set(args).await;
    }
    let request = ListRulesRequest { region: args.region.as_ref().map(name::region).unwrap_or_default() };
    let listed = server::connect(&args.server).await?.list_rules(request).await?;
    output::print(&if args.json { serde_json::to_string_pretty(&listed)? } else { describe(&listed) })
}

async fn set(args: Set) -> Result<(), Failure> {
    let file = File::read(&args.file)?;
    let Ok(document) = String::from_utf8(file.bytes.clone()) else {
        return Err(Failure::Usage(format!("{} 不是 UTF-8 编码", file.name())));
    };
    let request_id = request_id::or_new(args.request_id);
    let request =
        SetCheckLimitsRequest { region: name::region(&args.region), document, request_id: request_id.clone() };
    let done = server::connect(&args.server).await?.set_check_limits(request).await;
    let done = done.inspect_err(|error| request_id::advise(error, &request_id))?;
    if done.faults.is_empty() {
        return output::print(&format!("已确定 {} 的限值，自下次报送起适用", args.region));
    }
    output::tell(&format!("{} 有{}处错误：", file.name(), done.faults.len()));
    for fault in done.faults {
        output::tell(&format!("  第{}行：{}", fault.line, fault.message));
    }
    Err(Failure::Told)
}

fn describe(listed: &ListRulesResponse) -> String {
    listed.rules.iter().map(describe_rule).collect::<Vec<_>>().join("\n")
}

fn describe_rule(rule: &Rule) -> String {
    let severity = match (rule.enabled, rule.severity()) {
        (Some(false), _) => "停用",
        (_, Severity::Error) => "错误",
        _ => "警告",
    };
    let set_by = match rule.set_by.rsplit('/').next() {
        Some(region) if !region.is_empty() => format!("（{region} 确定）"),
        _ => String::new(),
    };
    let mut lines = vec![format!("{severity} {}  {}{set_by}", rule.id, rule.title)];
    lines.extend(rule.parameters.iter().map(|parameter| {
        let value = parameter.value.unwrap_or_default();
        format!("  {} = {value}  {}", parameter.name, parameter.title)
    }));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use junheng_proto::ingest::v1::RuleParameter;

    use super::*;

    #[test]
    fn a_rule_is_told_with_its_limits_and_who_set_them() {
        let parameter = RuleParameter {
            name: "share".into(),
            title: "变动幅度上限".into(),
            value: Some(0.3),
            ..Default::default()
        };
        let rule = Rule {
            id: "pupils_jump".into(),
            title: "在校生数不应突变".into(),
            severity: Severity::Warning.into(),
            enabled: Some(true),
            parameters: vec![parameter],
            set_by: "regions/210000".into(),
            ..Default::default()
        };

        let told = describe_rule(&rule);

        assert_eq!(told, "警告 pupils_jump  在校生数不应突变（210000 确定）\n  share = 0.3  变动幅度上限");
        assert!(describe_rule(&Rule { enabled: Some(false), ..rule }).starts_with("停用"));
    }
}
