//! `junheng demo`: a packaged county through the whole suite, on an embedded database, over real gRPC on the loopback; then made-up
//! counties beside it, so that a province has something to show.

mod made_up;
mod past;
mod synthetic;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use junheng_audit::key_file;
use junheng_domain::{code::RegionCode, standard::NATIONAL_DEFAULT};
use junheng_proto::{
    evaluation::v1::{Evaluation, GetEvaluationRequest, SetStandardInForceRequest},
    ingest::v1::{ImportRegionsRequest, Receipt, Region},
    reporting::v1::{RenderCountyReportRequest, ReportFormat},
};
use junheng_runtime::{
    Clock, Config,
    config::{LogConfig, LogFormat, TargetsConfig},
    shutdown, telemetry,
};
use junheng_seal::key::PublicKey;
use junheng_store::{Options, Store, marks};
use tokio::time::{Instant, sleep};
use tonic::Code;

use crate::{
    county_month,
    failure::Failure,
    files::{self, File},
    findings::Findings,
    output, schools,
    suite::{self, Suite},
    summary,
};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng demo                     走一遍后退出，报告和数据文件写入 junheng-demo 文件夹
  junheng demo --output 演示
  junheng demo --serve             走一遍后继续运行，按 Ctrl-C 停止";

const COUNTY: &str = "210922";
const MONTH: &str = "2024-12";
const REGIONS: [(&str, &str, &str); 3] =
    [("210000", "辽宁省", PROVINCE_NOTE), ("210900", "阜新市", ""), (COUNTY, "彰武县", DATA_NOTE)];
/// Which made-up county is judged by the older standard, too, and which that is.
const BASIC_COUNTY: &str = "219121";
const BASIC: &str = "national-basic-2012";
const DATA_NOTE: &str = "各校分校数据系根据公开的县级数字重构，仅供演示，不是该县的填报数据";
const PROVINCE_NOTE: &str = "全省总览含合成数据，仅供演示，不反映该省情况";
const TARGETS: &str = "2025=30,2030=60,2035=100";
const TARGETS_NOTE: &str = "示例，2035年以前各年仅供演示，不是该省的目标";
const SCHOOLS: &[u8] = include_bytes!("../../demo/schools.csv");
const ITEMS: &[u8] = include_bytes!("../../demo/items.csv");
/// The evaluator looks for work this often. Units: milliseconds.
const POLL_INTERVAL_MS: u64 = 50;
/// How long the evaluation may take; it takes a fraction of a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// Arguments of `junheng demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(long, help = "演示后继续运行，直到按 Ctrl-C")]
    serve: bool,
    #[arg(long, value_name = "DIR", default_value = "junheng-demo", help = "报告和数据文件写到哪个文件夹")]
    output: PathBuf,
}

/// Shows the county.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let signal = shutdown::on_signal()?;
    let mut config = Config::defaults()?;
    let log = LogConfig { format: LogFormat::Human, filter: "warn".to_owned() };
    telemetry::init(&log, &config.traces)
        .map_err(|error| Failure::Broken { what: "日志无法启用".to_owned(), source: Box::new(error) })?;
    let folder = tempfile::tempdir()?;
    config.evaluation.poll_interval_ms = POLL_INTERVAL_MS;
    config.reporting.targets = vec![TargetsConfig {
        region: REGIONS[0].0.to_owned(),
        shares: TARGETS.to_owned(),
        source: TARGETS_NOTE.to_owned(),
    }];
    let store = step("建立数据库", database(folder.path())).await?;
    let signer = Arc::new(key_file::create(&folder.path().join("signing-key"))?);
    let mut suite = step("启动服务", Suite::start(&store, &config, Arc::clone(&signer))).await?;
    output::tell(&format!("1. 已启动接收、评估、报告三个服务（本机回环端口，临时数据库 {}）", folder.path().display()));
    let files = packaged(&args.output)?;
    show(&suite, &files, &args.output, &signer.public()).await?;
    step("加入示例县", others(&store, &config)).await?;
    step("施行基本均衡标准", basic(&suite, &store)).await?;
    if args.serve {
        addresses(&suite)?;
        suite.run_until(&signal).await?;
    } else {
        output::print(&further(&files))?;
    }
    suite.stop().await?;
    Ok(store.close().await?)
}

async fn step<T>(step: &'static str, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    work.await.map_err(|failure| Failure::Step { step, source: Box::new(failure) })
}

async fn database(folder: &Path) -> Result<Store, Failure> {
    let url = format!("sqlite://{}?mode=rwc", folder.join("junheng.db").display());
    let store = Store::connect(&Options::new(url)).await?;
    store.migrate().await?;
    Ok(store)
}

/// Writes the packaged files where the commands that are shown find them.
fn packaged(folder: &Path) -> Result<[File; 2], Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::file("建立", folder, &error))?;
    let files = [("学校", SCHOOLS), ("指标", ITEMS)]
        .map(|(what, bytes)| File { path: folder.join(format!("{COUNTY}-{MONTH}-{what}.csv")), bytes: bytes.to_vec() });
    for file in &files {
        files::write(&file.path, &file.bytes)?;
    }
    Ok(files)
}

async fn show(suite: &Suite, files: &[File; 2], folder: &Path, key: &PublicKey) -> Result<(), Failure> {
    step("登记行政区划和学校", register(suite, &files[0])).await?;
    step("报送", push(suite, files, folder, key)).await?;
    let evaluation = step("评估", evaluated(suite)).await?;
    output::print(&format!("\n{}\n\n说明：{DATA_NOTE}。", summary::text(&evaluation)))?;
    let report = step("出具报告", report(suite, &evaluation.name, folder)).await?;
    output::print(&format!("\n报告已写入 {}", report.display()))
}

async fn register(suite: &Suite, schools: &File) -> Result<(), Failure> {
    let client = suite::connect(suite.ingest).await?;
    let regions = REGIONS.map(|(code, name, note)| Region {
        name: format!("regions/{code}"),
        display_name: name.to_owned(),
        data_note: note.to_owned(),
        ..Region::default()
    });
    let request = ImportRegionsRequest { regions: regions.to_vec(), request_id: "demo-regions".to_owned() };
    client.import_regions(request).await?;
    let county: RegionCode = county()?;
    let imported = schools::import(&client, &county, schools, None).await?;
    output::tell(&format!("2. 已登记辽宁省、阜新市、彰武县，学校{}所", imported.changed_count.unwrap_or_default()));
    Ok(())
}

fn county() -> Result<RegionCode, Failure> {
    COUNTY.parse().map_err(|error| Failure::Broken { what: "县代码有误".to_owned(), source: Box::new(error) })
}

async fn push(suite: &Suite, files: &[File; 2], folder: &Path, key: &PublicKey) -> Result<(), Failure> {
    let client = suite::connect(suite.ingest).await?;
    for month in county_month::gather(files.to_vec(), None, None)? {
        match client.submit_month(month.request).await? {
            junheng_client::Outcome::Accepted(receipt) => {
                let revision = receipt.revision.unwrap_or_default();
                output::tell(&format!("3. 已报送 {MONTH}：{}，第{revision}版", receipt.submission));
                signed(&receipt, folder, key)?;
            }
            junheng_client::Outcome::Refused(refusal) => {
                Findings::new(&refusal.findings, &refusal.finding_groups).tell();
                return Err(Failure::Refused("报送被退回".to_owned()));
            }
            junheng_client::Outcome::Held(held) => {
                Findings::new(&held.findings, &held.finding_groups).tell();
                return Err(Failure::Refused("报送待确认".to_owned()));
            }
        }
    }
    Ok(())
}

/// Verifies a receipt as its sender can, and leaves it with the public key for whoever wants to do so again.
fn signed(receipt: &Receipt, folder: &Path, key: &PublicKey) -> Result<(), Failure> {
    junheng_audit::receipt::verify(receipt, std::slice::from_ref(key))
        .map_err(|error| Failure::Refused(format!("回执：{error}")))?;
    let (kept, public) = (folder.join(format!("{COUNTY}-{MONTH}-回执.json")), folder.join("回执公钥.pub"));
    files::write(&kept, serde_json::to_string_pretty(receipt)?.as_bytes())?;
    files::write(&public, key.write().as_bytes())?;
    let (kept, public) = (kept.display(), public.display());
    output::tell(&format!("   回执的签名无误；以后可以离线核对：junheng receipt verify {kept} --public-key {public}"));
    Ok(())
}

/// Waits for the evaluation that the evaluator stores by itself.
async fn evaluated(suite: &Suite) -> Result<Evaluation, Failure> {
    let client = suite::connect(suite.evaluation).await?;
    let name = format!("regions/{COUNTY}/evaluations/{MONTH}.{NATIONAL_DEFAULT}");
    let started = Instant::now();
    loop {
        match client.get_evaluation(GetEvaluationRequest { name: name.clone() }).await {
            Ok(stored) => {
                output::tell("4. 已自动评估，并存入数据库");
                return stored.evaluation.ok_or_else(|| Failure::Refused("答复中没有评估结果".to_owned()));
            }
            Err(error) if error.service().is_some_and(|status| status.code == Code::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
        if started.elapsed() > PATIENCE {
            return Err(Failure::Refused(format!("{}秒内没有得到评估结果", PATIENCE.as_secs())));
        }
        sleep(Duration::from_millis(POLL_INTERVAL_MS)).await;
    }
}

/// Adds the made-up counties, and waits until all that they reported is evaluated.
async fn others(store: &Store, config: &Config) -> Result<(), Failure> {
    let reported = past::report(store, config).await?;
    all_evaluated(store).await?;
    let (first, last) = (synthetic::MONTHS.first().unwrap_or(&MONTH), synthetic::MONTHS.last().unwrap_or(&MONTH));
    output::tell(&format!(
        "5. 另有{}个示例县（均为合成数据，名称和说明中标明）：学校{}所，{first} 至 {last} 报送{}份，其中待确认{}份、退回{}份，已全部评估",
        reported.counties,
        reported.schools,
        reported.accepted + reported.held + reported.refused,
        reported.held,
        reported.refused
    ));
    Ok(())
}

/// Puts the basic standard in force beside the other in one made-up county, so that a report by it can be seen, and waits for it.
async fn basic(suite: &Suite, store: &Store) -> Result<(), Failure> {
    let client = suite::connect(suite.evaluation).await?;
    for standard in [NATIONAL_DEFAULT, BASIC] {
        let request = SetStandardInForceRequest {
            region: format!("regions/{BASIC_COUNTY}"),
            standard: format!("standards/{standard}"),
            from_month: MONTH.to_owned(),
            request_id: format!("demo-{standard}"),
            ..SetStandardInForceRequest::default()
        };
        client.set_standard_in_force(request).await?;
    }
    all_evaluated(store).await?;
    output::tell(&format!(
        "6. {BASIC_COUNTY} 自 {MONTH} 起同时按 {NATIONAL_DEFAULT} 和 {BASIC} 评估，两份报告都可查看"
    ));
    Ok(())
}

/// Waits until nothing is left to be evaluated.
async fn all_evaluated(store: &Store) -> Result<(), Failure> {
    let (clock, started) = (Clock::system(), Instant::now());
    while marks::find_backlog(store, clock.now()).await?.count() > 0 {
        if started.elapsed() > PATIENCE {
            return Err(Failure::Refused(format!("{}秒内没有评估完示例县", PATIENCE.as_secs())));
        }
        sleep(Duration::from_millis(POLL_INTERVAL_MS)).await;
    }
    Ok(())
}

async fn report(suite: &Suite, evaluation: &str, folder: &Path) -> Result<PathBuf, Failure> {
    let client = suite::connect(suite.reporting).await?;
    let request = RenderCountyReportRequest { evaluation: evaluation.to_owned(), format: ReportFormat::Html.into() };
    let report = client.render_county_report(request).await?;
    // Only the last part of what the service calls it: a name, never a path.
    let name = Path::new(&report.file_name).file_name().unwrap_or("report.html".as_ref());
    let path = folder.join(name);
    files::write(&path, &report.content)?;
    Ok(path)
}

fn addresses(suite: &Suite) -> Result<(), Failure> {
    let (ingest, evaluation, reporting) =
        (suite::url(suite.ingest), suite::url(suite.evaluation), suite::url(suite.reporting));
    let (program, console) = (program(), suite::url(suite.console));
    output::print(&format!(
        "\n服务仍在运行，按 Ctrl-C 停止：\n  接收服务  {ingest}\n  评估服务  {evaluation}\n  报告服务  {reporting}\n  网页      {console}\n\n另开一个终端可以继续：\n  \
         {program} evaluate --server {evaluation} --county {COUNTY} --month {MONTH} --json\n  \
         {program} explain {COUNTY} --month {MONTH} --server {evaluation}\n  \
         {program} attribute {COUNTY} --month {MONTH} --stage primary --indicator L4 --server {evaluation}\n  \
         {program} report {COUNTY} --month {MONTH} --format md --server {reporting}\n  \
         {program} report {BASIC_COUNTY} --month {MONTH} --standard {BASIC} --server {reporting} -o 基本均衡.html\n  \
         {program} province 210000 --month {MONTH} --server {evaluation}\n  \
         {program} status 210000 --month {MONTH} --server {ingest}"
    ))
}

fn further(files: &[File; 2]) -> String {
    let [schools, items] = files.each_ref().map(File::name);
    let program = program();
    format!(
        "\n接下来可以：\n  \
         {program} evaluate --schools {schools} --items {items} --county {COUNTY} --month {MONTH}\n                                          \
         不启动服务，直接评估文件；改动数据再试\n  \
         {program} demo --serve                    演示后保持服务运行\n  \
         {program} serve                           启动自己的服务，然后在另一个终端：\n  \
         {program} schools import {schools} --county {COUNTY} --county-name 彰武县 --city-name 阜新市 --province-name 辽宁省 --data-note {DATA_NOTE}\n  \
         {program} push {schools} {items}\n  \
         {program} report {COUNTY} --month {MONTH} --format html -o 报告.html"
    )
}

/// How a person can call this very program: by its name where the shell finds it, else by its path.
fn program() -> String {
    let Ok(path) = std::env::current_exe() else { return "junheng".to_owned() };
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders).any(|folder| folder.join("junheng") == path);
    if found { "junheng".to_owned() } else { path.display().to_string() }
}
