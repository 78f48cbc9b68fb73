//! An HTTP client that returns every response unchanged.

use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::Request;

/// A response.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Sends requests to one server with one key.
#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    origin: String,
    key: String,
    idempotency_key: Option<String>,
}

impl Client {
    pub(crate) fn new(address: &str, key: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_mins(1)))
            .build();
        Self {
            agent: config.into(),
            origin: format!("http://{address}"),
            key: key.to_owned(),
            idempotency_key: None,
        }
    }

    /// Sends this `Idempotency-Key` with every request.
    pub(crate) fn keyed(&self, key: &str) -> Self {
        Self { idempotency_key: Some(key.to_owned()), ..self.clone() }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &body.to_string())
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send("PATCH", path, &body.to_string())
    }

    /// Requests a response of this media type.
    pub(crate) fn get_as(&self, path: &str, accept: &str) -> Answer {
        self.send_with("GET", path, "", &[("accept", accept)])
    }

    /// Sends a request; without a response, the returned status is 0.
    pub(crate) fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        self.send_with(method, path, body, &[])
    }

    fn send_with(&self, method: &str, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.origin))
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !self.key.is_empty() {
            request = request.header("x-api-key", &self.key);
        }
        if let Some(key) = &self.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        let answer = self.agent.run(request.body(body.to_owned()).unwrap());
        let Ok(mut answer) = answer else {
            return Answer { status: 0, headers: Vec::new(), body: String::new() };
        };
        let text = |value: &ureq::http::HeaderValue| value.to_str().unwrap().to_owned();
        Answer {
            status: answer.status().as_u16(),
            headers: answer
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), text(value)))
                .collect(),
            body: answer.body_mut().read_to_string().unwrap_or_default(),
        }
    }
}
