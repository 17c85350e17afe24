//! `junheng token`: issues tokens for development, by a key of its own.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use junheng_runtime::{Clock, Role, is_region_code};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use serde_json::json;

use crate::{failure::Failure, output};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng token --key dev.key --jwks dev-jwks.json --role county_reporter --region 210922
                                                          没有 dev.key 时先生成；公钥写入 dev-jwks.json
  junheng serve --set access.issuer=junheng-development --set access.audience=junheng --set access.jwks=dev-jwks.json
  export JUNHENG_TOKEN=$(junheng token --key dev.key --role city_reporter --region 210900)
  junheng token --key dev.key --role auditor --region 全国

仅供开发和试用。正式运行时，令牌由本单位的身份认证系统签发，服务通过 access.jwks 取得其公钥。
角色：county_reporter 县级填报、city_reporter 市级填报、county_reader 县级查阅、provincial_analyst 省级分析、
standards_editor 标准编辑、operator 运维、auditor 审计、service 服务。区划 210900 包括其下各县，210000 包括全省，“全国”不限。";

/// Arguments of `junheng token`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(long = "role", required = true, value_name = "ROLE", value_parser = role, help = "角色，可以给出多个")]
    roles: Vec<Role>,
    #[arg(long = "region", value_name = "CODE", value_parser = region, help = "区划的六位代码，或“全国”；可以给出多个")]
    regions: Vec<String>,
    // The same id as the key of a client certificate has: this command calls no service.
    #[arg(long, required = true, value_name = "FILE", help = "签名密钥文件，没有时生成")]
    key: Option<PathBuf>,
    #[arg(long, value_name = "FILE", help = "把公钥（JWKS）写入该文件，供 access.jwks 使用")]
    jwks: Option<PathBuf>,
    #[arg(long, default_value = "developer", value_name = "NAME", help = "令牌持有人")]
    subject: String,
    #[arg(long, default_value = "junheng-development", value_name = "TEXT", help = "签发者，与 access.issuer 一致")]
    issuer: String,
    #[arg(long, default_value = "junheng", value_name = "TEXT", help = "接收方，与 access.audience 一致")]
    audience: String,
    #[arg(long, default_value_t = 12, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=720), help = "有效的小时数")]
    hours: i64,
}

/// Prints a token.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let path = args.key.as_deref().ok_or_else(|| Failure::Usage("请用 --key 给出密钥文件".to_owned()))?;
    let pair = open(path)?;
    let id = URL_SAFE_NO_PAD.encode(&digest(&SHA256, pair.public_key().as_ref()).as_ref()[..12]);
    if let Some(jwks) = &args.jwks {
        let x = URL_SAFE_NO_PAD.encode(pair.public_key());
        let key = json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": id, "x": x });
        let text = serde_json::to_string_pretty(&json!({ "keys": [key] }))?;
        fs::write(jwks, text + "\n").map_err(|error| Failure::file("写入", jwks, &error))?;
    }
    let now = Clock::system().now().as_second();
    let header = json!({ "alg": "EdDSA", "typ": "JWT", "kid": id });
    let claims = json!({
        "iss": args.issuer, "aud": args.audience, "sub": args.subject,
        "iat": now, "nbf": now, "exp": now + args.hours * 3600,
        "roles": args.roles.iter().map(|role| role.name()).collect::<Vec<_>>(), "regions": args.regions,
    });
    let encode = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(signed.as_bytes()));
    output::print(&format!("{signed}.{signature}"))
}

/// Reads a key; where there is none, makes one that its owner alone can read.
fn open(path: &Path) -> Result<Ed25519KeyPair, Failure> {
    let document = match fs::read(path) {
        Ok(document) => document,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => create(path)?,
        Err(error) => return Err(Failure::file("读取", path, &error)),
    };
    let none = |_| Failure::Refused(format!("文件 {} 不是 junheng token 生成的密钥", path.display()));
    Ed25519KeyPair::from_pkcs8(&document).map_err(none)
}

fn create(path: &Path) -> Result<Vec<u8>, Failure> {
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
        .map_err(|_| Failure::Refused("本机不提供随机数，无法生成密钥".to_owned()))?;
    let written = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    written
        .and_then(|mut file| file.write_all(document.as_ref()))
        .map_err(|error| Failure::file("写入", path, &error))?;
    Ok(document.as_ref().to_vec())
}

fn role(text: &str) -> Result<Role, String> {
    let names = || Role::ALL.map(Role::name).join("、");
    Role::named(text).ok_or_else(|| format!("没有该角色，可用的有 {}", names()))
}

fn region(text: &str) -> Result<String, String> {
    if ["全国", "-"].contains(&text) {
        return Ok("-".to_owned());
    }
    if is_region_code(text) {
        Ok(text.to_owned())
    } else {
        Err("行政区划代码须为六位数字，如 210922".to_owned())
    }
}
