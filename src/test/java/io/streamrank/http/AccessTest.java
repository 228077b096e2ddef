package io.streamrank.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class AccessTest {
    private static final String OLD = "old-token-0123456789";
    private static final String NEW = "new-token-0123456789";

    private static TestingServer local;
    private static TestingServer guarded;

    @BeforeAll
    static void start() throws IOException {
        local = TestingServer.start(ApiSources.NONE);
        guarded = TestingServer.start(
                TestingServer.settings(new AccessSettings(List.of(OLD, NEW), Optional.empty())), ApiSources.NONE);
    }

    @AfterAll
    static void stop() {
        local.close();
        guarded.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LocalHost:8080", "127.0.0.1", "127.8.8.8:1", "[::1]:8080", "demo.localhost"})
    void answersThisMachineByItsOwnNames(String host) throws Exception {
        assertThat(asked(host)).startsWith("HTTP/1.1 200 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rebound.example",
                "rebound.example:8080",
                "localhost.rebound.example",
                "127.0.0.1.rebound.example",
                "notlocalhost",
                "192.0.2.1",
                "[2001:db8::1]",
                "0.0.0.0"
            })
    void refusesOtherNamesForThisMachine(String host) throws Exception {
        assertThat(asked(host))
                .startsWith("HTTP/1.1 403 ")
                .contains("localhost", "streamrank.http.token", "streamrank.http.oidc.issuer");
    }

    private static String asked(String host) throws IOException {
        return local.raw("GET /api/models HTTP/1.1", "Host: " + host, "Connection: close");
    }

    @Test
    void refusesARequestWithoutAName() throws Exception {
        assertThat(local.raw("GET /api/models HTTP/1.0")).contains(" 403 ");
        assertThat(local.raw("GET http://rebound.example/api/models HTTP/1.1", "Host: localhost", "Connection: close"))
                .doesNotContain(" 200 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Forwarded-For: 192.0.2.1",
                "X-Forwarded-Host: streamrank.example",
                "x-forwarded-proto: https",
                "X-Forwarded-Port: 443",
                "X-Forwarded-Prefix: /rank",
                "Forwarded: for=192.0.2.1",
                "via: 1.1 proxy",
                "X-Real-IP: 192.0.2.1",
                "X-Client-IP: 192.0.2.1",
                "CF-Connecting-IP: 192.0.2.1",
                "True-Client-IP: 192.0.2.1"
            })
    void takesNoProxyForThisMachine(String header) throws Exception {
        assertThat(local.raw("GET /api/models HTTP/1.1", "Host: localhost", header, "Connection: close"))
                .startsWith("HTTP/1.1 403 ")
                .contains("proxy");
    }

    /** As proxies ask that are set up no further; whatever asks from this machine itself speaks HTTP/1.1. */
    @Test
    void takesNoHttp10ForThisMachine() throws Exception {
        assertThat(local.raw("GET /api/models HTTP/1.0", "Host: localhost"))
                .contains(" 403 ")
                .contains("HTTP/1.0", "streamrank.http.token");
        assertThat(guarded.raw("GET /api/models HTTP/1.0", "Host: localhost", "Authorization: Bearer " + NEW))
                .contains(" 200 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/q/health/live", "/metrics", "/api/openapi.yaml"})
    void probesAndScrapesNeedNothing(String path) throws Exception {
        assertThat(guarded.get(path).statusCode()).isEqualTo(200);
        assertThat(local.raw("GET " + path + " HTTP/1.1", "Host: worker-7.example", "Connection: close"))
                .startsWith("HTTP/1.1 200 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer " + OLD, "Bearer " + NEW, "bearer " + NEW})
    void eachTokenOpens(String authorization) throws Exception {
        assertThat(guarded.get("/api/models", "Authorization", authorization).statusCode())
                .isEqualTo(200);
    }

    @Test
    void aTokenOpensByAnyName() throws Exception {
        assertThat(guarded.raw(
                        "GET /api/models HTTP/1.1",
                        "Host: streamrank.example",
                        "X-Forwarded-For: 192.0.2.1",
                        "Authorization: Bearer " + NEW,
                        "Connection: close"))
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    void asksForATokenWhereThereIsNone() throws Exception {
        HttpResponse<String> answer = guarded.get("/api/models");

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("www-authenticate")).contains("Bearer realm=\"streamrank\"");
        assertThat(TestingServer.error(answer)).contains("Authorization: Bearer");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bearer wrong",
                "Bearer ",
                "Bearer " + NEW + "x",
                "Bearer new-token-012345678",
                "Bearer " + OLD + "," + NEW,
                "Basic " + NEW,
                NEW
            })
    void refusesOtherTokensAndNeverRepeatsThem(String authorization) throws Exception {
        HttpResponse<String> answer = guarded.get("/api/models", "Authorization", authorization);

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body() + answer.headers().map()).doesNotContain("token-0123");
    }

    @Test
    void asksBeforeItReadsABody() throws Exception {
        String answer = guarded.raw(
                "POST /api/rerank HTTP/1.1",
                "Host: localhost",
                "Content-Type: application/json",
                "Content-Length: 1000000000");

        assertThat(answer).startsWith("HTTP/1.1 401 ");
    }

    @Test
    void settingsDoNotShowTokens() {
        assertThat(new AccessSettings(List.of(OLD, NEW), Optional.empty()).toString())
                .contains("tokens=2")
                .doesNotContain("token-0");
        assertThatThrownBy(() -> new AccessSettings(List.of(OLD, "hunter2"), Optional.empty()))
                .hasMessageContaining("token 2 must have at least 16 characters")
                .hasMessageNotContaining("hunter2");
        assertThatThrownBy(() -> new AccessSettings(List.of("with a space in it"), Optional.empty()))
                .hasMessageContaining("visible ASCII")
                .hasMessageNotContaining("space in");
    }

    @Test
    void othersAreShownATokenOnlyWhereOneIsAskedForHere() {
        Optional<String> peerToken = Optional.of("peer-token-0123456789");

        assertThat(AccessSettings.LOCAL.shownToPeers()).isEmpty();
        assertThat(new AccessSettings(List.of(), Optional.empty(), peerToken).shownToPeers())
                .isEmpty();
        assertThat(new AccessSettings(List.of(OLD, NEW), Optional.empty()).shownToPeers())
                .contains(OLD);
        assertThat(new AccessSettings(List.of(OLD, NEW), Optional.empty(), peerToken).shownToPeers())
                .isEqualTo(peerToken);
        assertThat(new AccessSettings(List.of(), Optional.empty(), peerToken).toString())
                .doesNotContain("peer-token-");
        assertThatThrownBy(() -> new AccessSettings(List.of(), Optional.empty(), Optional.of("hunter2")))
                .hasMessageContaining("peer-token must have at least 16 characters")
                .hasMessageNotContaining("hunter2");
    }
}
