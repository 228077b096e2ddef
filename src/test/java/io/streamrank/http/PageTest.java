package io.streamrank.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class PageTest {
    private static TestingServer server;

    /** Whoever may not ask the API gets the page all the same: it asks for the token. */
    @BeforeAll
    static void start() throws IOException {
        server = TestingServer.start(
                TestingServer.settings(new AccessSettings(List.of("0123456789abcdef"), Optional.empty())),
                ApiSources.NONE);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "/page/lib/uplot/uPlot.esm.js, text/javascript; charset=utf-8",
        "/page/lib/uplot/uPlot.iife.min.js, text/javascript; charset=utf-8",
        "/page/lib/uplot/uPlot.min.css, text/css; charset=utf-8",
        "/page/test/part.html, text/html; charset=utf-8",
        "/page/test/deep/icon.svg, image/svg+xml"
    })
    void servesFilesWithTheirType(String path, String type) throws Exception {
        HttpResponse<String> answer = server.get(path);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).contains(type);
        assertThat(answer.headers().firstValue("x-content-type-options")).contains("nosniff");
        assertThat(answer.headers().firstValue("content-security-policy"))
                .hasValueSatisfying(policy -> assertThat(policy).startsWith("default-src 'self';"));
        assertThat(answer.body()).isNotEmpty();
    }

    @Test
    void sendsWhatIsKnownOnlyOnce() throws Exception {
        String path = "/page/test/part.html";
        String tag = server.get(path).headers().firstValue("etag").orElseThrow();

        assertThat(server.get(path, "If-None-Match", tag).statusCode()).isEqualTo(304);
        assertThat(server.get(path, "If-None-Match", "\"other\"").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/page",
                "/page/",
                "/page/test",
                "/page/nowhere.js",
                "/page/test/.hidden.txt",
                "/page/test/part.class",
                "/page/%2e%2e/openapi.yaml",
                "/page/..%2fapplication.properties",
                "/page/lib/uplot/../../../../../../openapi.txt",
                "/page/%2Fetc%2Fhosts.txt"
            })
    void servesNothingElse(String path) throws Exception {
        String answer = server.raw("GET " + path + " HTTP/1.1", "Host: localhost", "Connection: close");

        assertThat(answer).startsWith("HTTP/1.1 404 ");
    }

    @Test
    void longPathsAreNotFoundEither() throws Exception {
        String path = "/page/" + "a/".repeat(1_900) + "x.js";

        String answer = server.raw("GET " + path + " HTTP/1.1", "Host: localhost", "Connection: close");

        assertThat(answer).startsWith("HTTP/1.1 404 ");
    }
}
