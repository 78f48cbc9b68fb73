//! A client for the service's API.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::Error;

const LIMIT: Duration = Duration::from_secs(10);

/// Creates an HTTP client.
///
/// # Errors
/// If it cannot be created.
pub fn http_client(limit: Duration) -> Result<Client, Error> {
    Ok(Client::builder().no_proxy().timeout(limit).build()?)
}

/// A response.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body; null if it is not JSON.
    pub body: Value,
}

/// Sends requests to server processes with one key.
#[derive(Debug, Clone)]
pub struct Api {
    client: Client,
    key: String,
}

impl Api {
    /// Creates a client that uses this key.
    ///
    /// # Errors
    /// If no HTTP client can be created.
    pub fn new(key: &str) -> Result<Self, Error> {
        Ok(Self { client: http_client(LIMIT)?, key: key.to_owned() })
    }

    /// Sends a request with a JSON body.
    ///
    /// # Errors
    /// If there is no complete response; the outcome is then unknown.
    pub async fn send(
        &self,
        to: SocketAddr,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Answer, reqwest::Error> {
        self.send_text(to, method, path, body.to_string()).await
    }

    /// Sends a request with serialised JSON.
    ///
    /// # Errors
    /// If there is no complete response; the outcome is then unknown.
    pub async fn send_text(
        &self,
        to: SocketAddr,
        method: Method,
        path: &str,
        body: String,
    ) -> Result<Answer, reqwest::Error> {
        let request = self
            .client
            .request(method, format!("http://{to}{path}"))
            .header("content-type", "application/json")
            .header("x-api-key", &self.key)
            .body(body);
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await?;
        Ok(Answer { status, body: serde_json::from_slice(&body).unwrap_or_default() })
    }

    /// Creates a destination and returns its secret.
    ///
    /// # Errors
    /// If it is not created.
    pub async fn add_destination(
        &self,
        to: SocketAddr,
        url: &str,
        kinds: &[String],
        per_user: bool,
    ) -> Result<String, Error> {
        let body = json!({
            "label": "trial",
            "url": url,
            "subscribed_events": kinds,
            "ordering": if per_user { "per_user" } else { "none" },
        });
        let path = "/v3/webhook/destinations/";
        let answer = self.send(to, Method::POST, path, &body).await?;
        let secret = answer.body["secret_shared_key"].as_str();
        match (answer.status, secret) {
            (201, Some(secret)) => Ok(secret.to_owned()),
            _ => Err(format!("the destination was not created: {} {}", answer.status, answer.body)
                .into()),
        }
    }
}
