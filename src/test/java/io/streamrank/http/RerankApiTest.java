package io.streamrank.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.RerankRequest;
import io.streamrank.ingest.DirectRanking;
import io.streamrank.ingest.DirectRankingException;
import io.streamrank.ingest.GroupSnapshot;
import io.streamrank.ingest.TestingRefusals;
import io.streamrank.testing.Eventually;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests and answers as the documentation of Cohere, Jina and text-embeddings-inference shows them. */
@Timeout(240)
class RerankApiTest {
    private static Contract contract;
    private static TestingSources sources;
    private static TestingServer server;

    private final List<RerankRequest> asked = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        contract = new Contract();
        sources = new TestingSources();
        server = TestingServer.start(sources);
    }

    @AfterAll
    static void stop() {
        server.close();
        contract.close();
    }

    @BeforeEach
    void rank() {
        sources.ranker = request -> {
            asked.add(request);
            return CompletableFuture.completedFuture(TestingSources.ranked(request, false));
        };
    }

    @Test
    void answersClientsOfCoheresSecondVersion() throws Exception {
        JsonNode answer = contract.require(server.post("/v2/rerank", """
                        {"model": "test", "query": "q", "documents": ["a 1", "b 3", "c -2"], "top_n": 2,
                         "max_tokens_per_doc": 4096, "priority": 0}"""), "rerankV2");

        assertThat(answer.get("id").asText()).isNotBlank();
        assertThat(answer.at("/results").size()).isEqualTo(2);
        assertThat(answer.at("/results/0/index").asInt()).isEqualTo(1);
        assertThat(answer.at("/results/0/relevance_score").asDouble()).isCloseTo(0.952574, within(1e-5));
        assertThat(answer.at("/results/0/score").asDouble()).isEqualTo(3);
        assertThat(answer.at("/results/1/index").asInt()).isZero();
        assertThat(answer.at("/results/0").has("document")).isFalse();
        assertThat(answer.at("/meta/api_version/version").asText()).isEqualTo("2");
        assertThat(answer.at("/meta/billed_units/search_units").asInt()).isEqualTo(1);
        assertThat(answer.at("/meta").has("warnings")).isFalse();
        assertThat(answer.at("/streamrank/inferenceMicros").asLong()).isEqualTo(3_000);
        assertThat(asked.get(0).model()).isEqualTo("test");
        assertThat(asked.get(0).topK()).isEqualTo(2);
    }

    @Test
    void answersClientsOfCoheresFirstVersion() throws Exception {
        JsonNode answer = contract.require(server.post("/v1/rerank", """
                        {"query": "q", "documents": [{"text": "a 1", "title": "A"}, {"text": "b 3"}],
                         "rank_fields": ["text"], "return_documents": true, "max_chunks_per_doc": 10}"""), "rerankV1");

        assertThat(answer.at("/results/0/document/text").asText()).isEqualTo("b 3");
        assertThat(answer.at("/results/1/document/text").asText()).isEqualTo("a 1");
        assertThat(answer.at("/meta/api_version/version").asText()).isEqualTo("1");
    }

    @Test
    void answersClientsOfJina() throws Exception {
        JsonNode answer = contract.require(server.post("/v1/rerank", """
                        {"model": "test", "query": "q", "documents": ["a 1", {"text": "b 3"}], "top_n": 5,
                         "return_documents": false, "truncation": true}"""), "rerankV1");

        assertThat(answer.get("object").asText()).isEqualTo("list");
        assertThat(answer.get("model").asText()).isEqualTo("test");
        assertThat(answer.at("/usage/total_tokens").asLong()).isEqualTo(8);
        assertThat(answer.at("/results").size()).isEqualTo(2);
    }

    @Test
    void answersClientsOfTextEmbeddingsInference() throws Exception {
        JsonNode answer = contract.require(server.post("/rerank", """
                        {"query": "q", "texts": ["a 1", "b 3"], "return_text": true, "truncate": false,
                         "truncation_direction": "Right"}"""), "rerankAsTextEmbeddingsInference");

        assertThat(answer.isArray()).isTrue();
        assertThat(answer.at("/0/index").asInt()).isEqualTo(1);
        assertThat(answer.at("/0/score").asDouble()).isCloseTo(0.952574, within(1e-5));
        assertThat(answer.at("/0/text").asText()).isEqualTo("b 3");
        JsonNode raw = contract.require(
                server.post("/rerank", "{\"query\": \"q\", \"texts\": [\"a 1\", \"b 3\"], \"raw_scores\": true}"),
                "rerankAsTextEmbeddingsInference");
        assertThat(raw.at("/0/score").asDouble()).isEqualTo(3);
        assertThat(raw.at("/0").has("text")).isFalse();
    }

    @Test
    void scoresThatAreProbabilitiesStayAsTheyAre() throws Exception {
        sources.ranker = request -> CompletableFuture.completedFuture(TestingSources.ranked(request, true));

        JsonNode answer = contract.require(
                server.post("/api/rerank", "{\"query\": \"q\", \"documents\": [\"a 0.25\"]}"), "rerank");

        assertThat(answer.at("/results/0/relevance_score").asDouble()).isEqualTo(0.25);
    }

    @Test
    void saysWhichDocumentsWereCut() throws Exception {
        String text = "x".repeat(100) + " 3";

        JsonNode answer = contract.require(
                server.post("/api/rerank", "{\"query\": \"q\", \"documents\": [\"a 1\", \"" + text + "\"]}"), "rerank");
        HttpResponse<String> whole = server.post(
                "/rerank", "{\"query\": \"q\", \"texts\": [\"a 1\", \"" + text + "\"], \"truncate\": false}");

        assertThat(answer.at("/streamrank/truncated").toString()).isEqualTo("[1]");
        assertThat(answer.at("/meta/warnings/0").asText()).contains("1 documents were cut");
        assertThat(whole.statusCode()).isEqualTo(413);
        assertThat(contract.require(whole, "rerankAsTextEmbeddingsInference")
                        .get("error")
                        .asText())
                .contains("texts[1]", "truncate");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "[]|the body: expected a JSON object, not a list",
                "{|the body is not JSON: line 1, column",
                "{} {}|the body is not JSON",
                "{}|documents: is missing, expected a list",
                "{\"documents\": []}|documents: expected at least one",
                "{\"documents\": \"a\", \"query\": \"q\"}|documents: expected a list, not a string",
                "{\"documents\": [\"a 1\"]}|query: is missing, expected a string",
                "{\"documents\": [\"a 1\"], \"query\": 7}|query: expected a string, not a number",
                "{\"documents\": [\"a 1\", {\"text\": 7}], \"query\": \"q\"}|documents[1].text: expected a string, not a number",
                "{\"documents\": [\"a 1\", {\"body\": 7}], \"query\": \"q\"}|documents[1].text: is missing, expected a string",
                "{\"documents\": [null], \"query\": \"q\"}|documents[0]: expected a string or an object with a text, not null",
                "{\"documents\": [\"a 1\"], \"query\": \"q\", \"top_n\": 0}|top_n: expected a number from 1",
                "{\"documents\": [\"a 1\"], \"query\": \"q\", \"top_n\": 1.5}|top_n: expected a whole number, not a number",
                "{\"documents\": [\"a 1\"], \"query\": \"q\", \"model\": true}|model: expected a string, not true",
                "{\"documents\": [\"a 1\"], \"query\": \"q\", \"return_documents\": 1}|return_documents: expected true or false",
                "{\"documents\": [\"a 1\"], \"query\": \"q\", \"rank_fields\": [\"title\"]}|rank_fields: only [\"text\"]",
                "{\"documents\": [\"a 1\"], \"texts\": [\"a 1\"], \"query\": \"q\"}|documents, texts: expected one of them",
                "{\"texts\": [{\"text\": \"a\"}], \"query\": \"q\"}|texts[0]: expected a string, not an object",
                "{\"texts\": [\"a 1\"], \"query\": \"q\", \"truncation_direction\": \"Left\"}|truncation_direction: documents are cut",
                "{\"texts\": [\"a 1\"], \"query\": \"q\", \"raw_scores\": \"yes\"}|raw_scores: expected true or false, not a string"
            })
    void namesThePlaceThatIsWrong(String body, String message) throws Exception {
        HttpResponse<String> answer = server.post("/api/rerank", body);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        contract.require(answer, "rerank");
        assertThat(TestingServer.error(answer)).contains(message);
        assertThat(asked).isEmpty();
    }

    @Test
    void errorsAreAsClientsOfTextEmbeddingsInferenceReadThem() throws Exception {
        HttpResponse<String> wrong = server.post("/rerank", "{\"query\": 7, \"texts\": [\"a 1\"]}");
        sources.ranker = request -> CompletableFuture.failedFuture(TestingRefusals.overloaded());
        HttpResponse<String> overloaded = server.post("/rerank", "{\"query\": \"q\", \"texts\": [\"a 1\"]}");

        assertThat(wrong.statusCode()).isEqualTo(400);
        JsonNode error = contract.require(wrong, "rerankAsTextEmbeddingsInference");
        assertThat(error.get("error").asText()).isEqualTo("query: expected a string, not a number");
        assertThat(error.get("error_type").asText()).isEqualTo("Validation");
        assertThat(overloaded.statusCode()).isEqualTo(429);
        assertThat(TestingServer.json(overloaded).get("error_type").asText()).isEqualTo("Overloaded");
    }

    /** What stands behind the first document too many is no JSON: had it been read, the answer would say so. */
    @ParameterizedTest
    @CsvSource({"documents, {}", "documents, '\"a 1\"'", "texts, '\"a 1\"'"})
    void readsNoMoreDocumentsThanMayBeRanked(String field, String document) throws Exception {
        String allowed = (document.equals("{}") ? "{\"text\": \"a 1\"}" : document) + ",";
        String body = "{\"query\": \"q\", \"" + field + "\": [" + allowed.repeat(TestingSources.MAX_CANDIDATES)
                + document + ", what is this";

        HttpResponse<String> answer = server.post("/api/rerank", body);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(413);
        assertThat(TestingServer.error(answer))
                .isEqualTo(field + "[3]: is one more than the 3 of streamrank.limits.max-candidates");
    }

    @Test
    void skipsWhatItDoesNotKnow() throws Exception {
        HttpResponse<String> answer = server.post("/api/rerank", """
                        {"a": [[{"query": 7}], {}], "query": "q", "truncate": "END", "b": {"documents": []},
                         "documents": [{"title": ["t"], "text": "a 1", "year": {"text": 3}}, "b 2"], "top_n": null}""");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(asked.get(0).candidates())
                .containsExactly(new Candidate("0", "a 1", null), new Candidate("1", "b 2", null));
    }

    @Test
    void doesNotFollowDeepNests() throws Exception {
        HttpResponse<String> answer = server.post("/api/rerank", "{\"a\":" + "[".repeat(10_000));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(TestingServer.error(answer)).contains("the body is not JSON", "nesting depth");
    }

    @Test
    void theEventLoopNeverLetsARequestIn() throws Exception {
        List<String> threads = new CopyOnWriteArrayList<>();
        sources.ranker = request -> {
            threads.add(Thread.currentThread().getName());
            return CompletableFuture.completedFuture(TestingSources.ranked(request, false));
        };

        server.post("/api/rerank", "{\"query\": \"q\", \"documents\": [\"a 1\"]}");

        assertThat(threads).hasSize(1).noneMatch(name -> name.contains("eventloop"));
    }

    @Test
    void invitesNoBodyThatIsNotWanted() throws Exception {
        String large = Integer.toString(TestingServer.SETTINGS.maxBodyBytes() + 1);

        assertThat(expecting("evil.example", "application/json", "20")).startsWith("HTTP/1.1 403 ");
        assertThat(expecting("localhost", "text/plain", "20")).startsWith("HTTP/1.1 415 ");
        assertThat(expecting("localhost", "application/json", large))
                .startsWith("HTTP/1.1 413 ")
                .contains("streamrank.http.max-body-bytes");
    }

    private static String expecting(String host, String type, String length) throws Exception {
        return server.raw(
                "POST /api/rerank HTTP/1.1",
                "Host: " + host,
                "Content-Type: " + type,
                "Content-Length: " + length,
                "Expect: 100-continue");
    }

    @Test
    void invitesABodyThatIsWanted() throws Exception {
        HttpResponse<String> answer = server.send(server.request("/api/rerank", "Content-Type", "application/json")
                .expectContinue(true)
                .POST(BodyPublishers.ofString("{\"query\": \"q\", \"documents\": [\"a 1\"]}")));

        assertThat(answer.statusCode()).isEqualTo(200);
    }

    /** The connection's next request is not harmed by what the last one still does, unheard. */
    @Test
    void whatFailsLateLeavesTheConnectionAlone() throws Exception {
        CompletableFuture<GroupSnapshot> late = new CompletableFuture<>();
        CompletableFuture<DirectRanking> ranking = new CompletableFuture<>();
        TestingSources slow = new TestingSources();
        slow.group = () -> late;
        slow.ranker = request -> {
            asked.add(request);
            return ranking;
        };
        HttpSettings settings = new HttpSettings(
                "127.0.0.1",
                0,
                AccessSettings.LOCAL,
                false,
                8,
                100_000,
                Duration.ofMillis(300),
                Duration.ofSeconds(60),
                Duration.ofSeconds(1));
        String body = "{\"query\": \"q\", \"documents\": [\"a 1\"]}";
        try (TestingServer server = TestingServer.start(settings, slow);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(60_000);
            String lag = answer(socket, "GET /api/lag HTTP/1.1\r\nHost: localhost\r\n\r\n", "request-timeout\"}}");
            socket.getOutputStream()
                    .write(("POST /api/rerank HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                    + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                            .getBytes(UTF_8));
            Eventually.await("it is asked", () -> !asked.isEmpty());
            late.completeExceptionally(new IllegalStateException("it failed when nobody waited any more"));
            Thread.sleep(500);
            ranking.complete(TestingSources.ranked(asked.get(0), false));

            assertThat(lag).startsWith("HTTP/1.1 504 ");
            assertThat(answer(socket, "", "\"truncated\":[]}}")).startsWith("HTTP/1.1 200 ");
        }
    }

    private static String answer(Socket socket, String request, String end) throws Exception {
        socket.getOutputStream().write(request.getBytes(UTF_8));
        StringBuilder answer = new StringBuilder();
        while (answer.indexOf(end) < 0) {
            int next = socket.getInputStream().read();
            assertThat(next).as("after '%s'", answer).isNotNegative();
            answer.append((char) next);
        }
        return answer.toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""})
    void takesJsonAlone(String type) throws Exception {
        var request = server.request("/api/rerank").POST(BodyPublishers.ofString("{}"));
        HttpResponse<String> answer = server.send(type.isEmpty() ? request : request.header("Content-Type", type));

        assertThat(answer.statusCode()).isEqualTo(415);
        contract.require(answer, "rerank");
    }

    @Test
    void takesJsonWithACharset() throws Exception {
        HttpResponse<String> answer =
                server.send(server.request("/api/rerank", "Content-Type", "Application/JSON; charset=utf-8")
                        .POST(BodyPublishers.ofString("{\"query\": \"q\", \"documents\": [\"a 1\"]}")));

        assertThat(answer.statusCode()).isEqualTo(200);
    }

    @Test
    void refusesABodyThatIsTooLarge() throws Exception {
        String large = "{\"query\": \"" + "x".repeat(TestingServer.SETTINGS.maxBodyBytes()) + "\"}";

        HttpResponse<String> answer = server.post("/api/rerank", large);

        assertThat(answer.statusCode()).isEqualTo(413);
        contract.require(answer, "rerank");
        assertThat(TestingServer.error(answer)).contains("streamrank.http.max-body-bytes");
    }

    @ParameterizedTest
    @EnumSource(Rejection.Reason.class)
    void everyRejectionIsTheCallersToMend(Rejection.Reason reason) throws Exception {
        HttpResponse<String> answer = refused(TestingRefusals.rejected(reason));

        assertThat(answer.statusCode()).isBetween(400, 422);
        assertThat(TestingServer.error(answer)).contains("for this reason");
    }

    @Test
    void anUnknownModelIsNotFound() throws Exception {
        HttpResponse<String> answer = refused(TestingRefusals.rejected(Rejection.Reason.UNKNOWN_MODEL));

        assertThat(answer.statusCode()).isEqualTo(404);
        // The worker itself says which it holds.
        assertThat(TestingServer.error(answer)).endsWith("for this reason");
    }

    @Test
    void saysWhenToComeAgain() throws Exception {
        HttpResponse<String> overloaded = refused(TestingRefusals.overloaded());
        HttpResponse<String> unavailable = refused(TestingRefusals.unavailable());
        HttpResponse<String> expired = refused(TestingRefusals.expired());

        assertThat(overloaded.statusCode()).isEqualTo(429);
        assertThat(overloaded.headers().firstValue("retry-after")).contains("1");
        assertThat(unavailable.statusCode()).isEqualTo(503);
        assertThat(unavailable.headers().firstValue("retry-after")).contains("1");
        assertThat(expired.statusCode()).isEqualTo(504);
    }

    private static HttpResponse<String> refused(DirectRankingException refusal) throws Exception {
        sources.ranker = request -> CompletableFuture.failedFuture(refusal);
        HttpResponse<String> answer = server.post("/api/rerank", "{\"query\": \"q\", \"documents\": [\"a 1\"]}");
        contract.require(answer, "rerank");
        return answer;
    }

    @Test
    void saysThatTheWorkerStarts() throws Exception {
        sources.ranker = null;

        assertThat(server.post("/api/rerank", "{\"query\": \"q\", \"documents\": [\"a 1\"]}")
                        .statusCode())
                .isEqualTo(503);
    }

    @Test
    void givesUpWhatTakesTooLong() throws Exception {
        CompletableFuture<DirectRanking> never = new CompletableFuture<>();
        TestingSources slow = new TestingSources();
        slow.ranker = request -> never;
        HttpSettings settings = new HttpSettings(
                "127.0.0.1",
                0,
                AccessSettings.LOCAL,
                false,
                8,
                100_000,
                Duration.ofSeconds(60),
                Duration.ofMillis(300),
                Duration.ofSeconds(1));
        try (TestingServer impatient = TestingServer.start(settings, slow)) {
            HttpResponse<String> answer = impatient.post("/api/rerank", "{\"query\": \"q\", \"documents\": [\"a 1\"]}");

            assertThat(answer.statusCode()).isEqualTo(504);
            assertThat(TestingServer.error(answer)).contains("streamrank.http.rerank-timeout");
            Eventually.await("given up", never::isCancelled);
        }
    }

    @Test
    void answersOnlySoManyAtATime() throws Exception {
        CompletableFuture<DirectRanking> later = new CompletableFuture<>();
        TestingSources slow = new TestingSources();
        slow.ranker = request -> {
            asked.add(request);
            return later;
        };
        try (TestingServer busy = TestingServer.start(slow)) {
            List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
            for (int i = 0; i < TestingServer.SETTINGS.maxRequests(); i++) {
                waiting.add(CompletableFuture.supplyAsync(() -> posted(busy), task -> new Thread(task).start()));
            }
            Eventually.await("all are in", () -> asked.size() == waiting.size());

            HttpResponse<String> oneMore = busy.get("/api/models");

            assertThat(oneMore.statusCode()).isEqualTo(429);
            assertThat(TestingServer.error(oneMore)).contains("streamrank.http.max-requests");
            assertThat(busy.get("/q/health/live").statusCode()).isEqualTo(200);
            assertThat(busy.get("/metrics").statusCode()).isEqualTo(200);
            later.complete(TestingSources.ranked(asked.get(0), false));
            for (CompletableFuture<HttpResponse<String>> each : waiting) {
                assertThat(each.get().statusCode()).isEqualTo(200);
            }
            assertThat(busy.get("/api/models").statusCode()).isEqualTo(200);
        }
    }

    private static HttpResponse<String> posted(TestingServer server) {
        try {
            return server.post("/api/rerank", "{\"query\": \"q\", \"documents\": [\"a 1\"]}");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
