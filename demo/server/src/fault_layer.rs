//! Applies the faults of a request. This layer is inside the CORS layer, so that a browser may
//! read the response unless the fault removes the CORS headers.

use std::convert::Infallible;
use std::future::pending;
use std::io::Write;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream::{self, Stream, StreamExt};
use serde_json::Value;
use url::form_urlencoded;

use crate::faults::{Fault, Parameters, Reply};
use crate::id_token_faults::{self, IdTokenFault};
use crate::keys::Keys;
use crate::observe::{RequestInfo, WithoutCors};
use crate::serve::disconnect;
use crate::state::SharedState;

pub(crate) async fn apply(
    State(server): State<SharedState>,
    request: Request,
    next: Next,
) -> Response {
    let Some(info) = request.extensions().get::<RequestInfo>().cloned() else {
        return next.run(request).await;
    };
    let faults = server.faults.matching(&info, false);
    let mut replacement = None;
    for fault in &faults {
        match fault {
            Fault::Delay(time) => tokio::time::sleep(*time).await,
            Fault::DropBefore => return disconnect(),
            Fault::Hold(gate) => gate.pass().await,
            Fault::RotateKeys => server.keys.rotate(),
            Fault::Respond(reply) => replacement = Some(reply.clone().into_response()),
            _ => {}
        }
    }
    let mut response = match replacement {
        Some(response) => response,
        None => next.run(request).await,
    };
    if response.headers().contains_key(header::LOCATION) {
        for fault in server.faults.matching(&info, true) {
            response = alter_redirect(&fault, response);
        }
    }
    response = alter_id_token(&faults, response, &server.keys).await;
    for fault in faults {
        response = alter_response(fault, response).await;
    }
    response
}

/// Applies the faults for ID tokens to a token response.
async fn alter_id_token(faults: &[Fault], response: Response, keys: &Keys) -> Response {
    let of_id_token = faults.iter().filter_map(|fault| match fault {
        Fault::IdToken(fault) => Some(fault.clone()),
        _ => None,
    });
    let of_id_token: Vec<IdTokenFault> = of_id_token.collect();
    if of_id_token.is_empty() {
        return response;
    }
    with_text(response, |text| {
        let mut json: Value = serde_json::from_str(text).unwrap_or_default();
        let token = json["id_token"].as_str().unwrap_or_default();
        let Some(altered) = id_token_faults::apply(&of_id_token, token, keys) else {
            return text.into();
        };
        json["id_token"] = altered.into();
        json.to_string()
    })
    .await
}

/// Applies a fault to the response of a processed request.
async fn alter_response(fault: Fault, mut response: Response) -> Response {
    match fault {
        Fault::DelayAnswer(time) => tokio::time::sleep(time).await,
        Fault::HoldAnswer(gate) => gate.pass().await,
        Fault::NeverAnswer => pending().await,
        Fault::DropAfter => return disconnect(),
        Fault::Replace(reply) => return reply.into_response(),
        Fault::NoCors => {
            response.extensions_mut().insert(WithoutCors);
        }
        Fault::Status(status) => {
            *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
        }
        Fault::Header(name, value) => add_header(&mut response, &name, &value),
        Fault::Edit(edit) => {
            return with_text(response, |text| {
                let mut json: Value = serde_json::from_str(text).unwrap_or_default();
                edit(&mut json);
                json.to_string()
            })
            .await;
        }
        Fault::Rewrite(rewrite) => return with_text(response, |text| rewrite(text)).await,
        Fault::EndlessBody => {
            let start = stream::once(async { Bytes::from_static(b"{\"access_token\":\"") });
            return with_stream(response, start.chain(endless()));
        }
        Fault::GzipBomb(size) => {
            let mut response = with_body(response, Body::from(gzipped_spaces(size)));
            let gzip = HeaderValue::from_static("gzip");
            response.headers_mut().insert(header::CONTENT_ENCODING, gzip);
            return response;
        }
        Fault::HeadersThenSilence => return with_stream(response, stream::pending()),
        Fault::SlowDrip(interval) => {
            let (parts, body) = response.into_parts();
            let chunks = stream::iter(bytes_of(body).await).then(move |byte| async move {
                tokio::time::sleep(interval).await;
                Bytes::from(vec![byte])
            });
            return with_stream(Response::from_parts(parts, Body::empty()), chunks);
        }
        Fault::Delay(_)
        | Fault::DropBefore
        | Fault::EditLocation(_)
        | Fault::EditRedirect(_)
        | Fault::Hold(_)
        | Fault::IdToken(_)
        | Fault::Respond(_)
        | Fault::RotateKeys => {}
    }
    response
}

fn alter_redirect(fault: &Fault, mut response: Response) -> Response {
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let Some(location) = location else { return response };
    let altered = match fault {
        Fault::EditLocation(edit) => edit(location),
        Fault::EditRedirect(edit) => {
            let (address, query) = location.split_once('?').unwrap_or((location, ""));
            let mut parameters: Parameters =
                form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            edit(&mut parameters);
            if parameters.is_empty() {
                address.to_owned()
            } else {
                let empty = form_urlencoded::Serializer::new(String::new());
                let query = { empty }.extend_pairs(parameters).finish();
                format!("{address}?{query}")
            }
        }
        _ => return response,
    };
    if let Ok(value) = HeaderValue::from_str(&altered) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or_default();
        for (name, value) in &self.headers {
            add_header(&mut response, name, value);
        }
        response
    }
}

fn add_header(response: &mut Response, name: &str, value: &str) {
    let (Ok(name), Ok(value)) =
        (HeaderName::try_from(name), HeaderValue::from_bytes(value.as_bytes()))
    else {
        return;
    };
    if name == header::SET_COOKIE {
        response.headers_mut().append(name, value);
    } else {
        response.headers_mut().insert(name, value);
    }
}

async fn with_text(response: Response, change: impl FnOnce(&str) -> String) -> Response {
    let (parts, body) = response.into_parts();
    let text = change(&String::from_utf8_lossy(&bytes_of(body).await));
    with_body(Response::from_parts(parts, Body::empty()), Body::from(text))
}

fn with_stream(response: Response, chunks: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    with_body(response, Body::from_stream(chunks.map(Ok::<_, Infallible>)))
}

fn with_body(response: Response, body: Body) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, body)
}

async fn bytes_of(body: Body) -> Bytes {
    axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default()
}

fn endless() -> impl Stream<Item = Bytes> + Send {
    stream::unfold((), |()| async {
        // About 60 MB per second: enough to fill memory, and the machine stays usable.
        tokio::time::sleep(Duration::from_millis(1)).await;
        Some((Bytes::from_static(&[b'a'; 64 * 1024]), ()))
    })
}

fn gzipped_spaces(size: u64) -> Vec<u8> {
    static SPACES: [u8; 64 * 1024] = [b' '; 64 * 1024];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let mut remaining = size;
    while remaining > 0 {
        let count = remaining.min(SPACES.len() as u64);
        // Writing to memory does not fail.
        encoder.write_all(&SPACES[..count as usize]).ok();
        remaining -= count;
    }
    encoder.finish().unwrap_or_default()
}
