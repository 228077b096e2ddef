package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.Query;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.TokenIds;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestLinesTest {
    private static final String SHORTEST = "{\"query\": \"lima\", \"candidates\": [{\"id\": \"d1\", \"text\": \"t\"}]}";

    @Test
    void readsEveryField() throws IOException {
        String line = """
                {"requestId": "r1", "query": {"id": "q1", "text": "größe"}, \
                "candidates": [{"id": "d1", "text": "a", "score": 12.5}, {"id": "d2", "text": "b"}], \
                "model": "m", "topK": 10, "deadline": "2026-11-22T10:00:00Z", "attributes": {"tenant": "a"}}
                """;

        List<RerankRequest> requests = read(line.getBytes(UTF_8));

        assertThat(requests)
                .containsExactly(new RerankRequest(
                        "r1",
                        new Query("q1", "größe"),
                        List.of(new Candidate("d1", "a", 12.5), new Candidate("d2", "b", null)),
                        "m",
                        10,
                        Instant.parse("2026-11-22T10:00:00Z"),
                        Map.of("tenant", "a")));
    }

    @Test
    void callsRequestsByTheirLineWhereTheyHaveNoId() throws IOException {
        List<RerankRequest> requests = read(("\n" + SHORTEST + "\r\n  \n" + SHORTEST).getBytes(UTF_8));

        assertThat(requests).extracting(RerankRequest::requestId).containsExactly("2", "4");
    }

    @Test
    void readsTokenIdsInPlaceOfText() throws IOException {
        String line = """
                {"requestId": "r", "query": "q", "tokenizer": "00112233aabb", \
                "candidates": [{"id": "d1", "tokenIds": [7, 0, 30521]}, {"id": "d2", "text": "b", "tokenIds": null}]}""";

        List<RerankRequest> requests = read(line.getBytes(UTF_8));

        assertThat(requests)
                .containsExactly(new RerankRequest(
                        "r",
                        new Query(null, "q"),
                        List.of(
                                new Candidate("d1", "", null, new TokenIds(new int[] {7, 0, 30521})),
                                new Candidate("d2", "b", null)),
                        "00112233aabb",
                        null,
                        null,
                        null,
                        Map.of()));
    }

    @Test
    void takesNullForMissing() throws IOException {
        String line = """
                {"requestId": null, "query": {"id": null, "text": "q"}, "candidates": [], \
                "model": null, "topK": null, "deadline": null, "attributes": null}""";

        List<RerankRequest> requests = read(line.getBytes(UTF_8));

        assertThat(requests)
                .containsExactly(new RerankRequest("1", new Query(null, "q"), List.of(), null, null, null, Map.of()));
    }

    @Test
    void readsNoFurtherThanWanted() throws IOException {
        List<RerankRequest> requests = new ArrayList<>();

        try (TextLines lines = lines((SHORTEST + "\n" + SHORTEST + "\nrubbish").getBytes(UTF_8))) {
            new RequestLines(lines).forEach(request -> {
                requests.add(request);
                return requests.size() < 2;
            });
        }

        assertThat(requests).hasSize(2);
    }

    @Test
    void unpacksGzip() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(SHORTEST.getBytes(UTF_8));
        }

        assertThat(read(packed.toByteArray())).hasSize(1);
    }

    @Test
    void passesOverAByteOrderMark() throws IOException {
        assertThat(read(("\uFEFF" + SHORTEST).getBytes(UTF_8))).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            rubbish                                                      | is not one JSON object: Unrecognized token
            {"query": "q"                                                | is not one JSON object: Unexpected end
            {"query": "q", "candidates": []} {}                          | is not one JSON object: Trailing token
            {"query": "q", "query": "r", "candidates": []}               | is not one JSON object: Duplicate field 'query'
            [1]                                                          | is not a JSON object
            {"qery": "q"}                                                | has an unknown field 'qery'; known are [requestId, query,
            {"candidates": []}                                           | lacks 'query', a string or an object with 'text'
            {"query": 7, "candidates": []}                               | lacks 'query', a string or an object with 'text'
            {"query": {"id": "q"}, "candidates": []}                     | lacks 'query.text'
            {"query": {"text": 7}, "candidates": []}                     | has a 'query.text' that is no string
            {"query": {"text": "q", "lang": "de"}, "candidates": []}     | has an unknown field 'query.lang'; known are [id, text]
            {"query": "q"}                                               | lacks 'candidates', an array
            {"query": "q", "candidates": "d1"}                           | lacks 'candidates', an array
            {"query": "q", "candidates": ["d1"]}                         | has a candidates[0] that is not an object
            {"query": "q", "candidates": [{"text": "t"}]}                | lacks 'candidates[0].id'
            {"query": "q", "candidates": [{"id": 1, "text": "t"}]}       | has a 'candidates[0].id' that is no string
            {"query": "q", "candidates": [{"id": "d", "title": "t"}]}    | has an unknown field 'candidates[0].title'
            {"query": "q", "candidates": [{"id": "d"}]}                  | lacks 'candidates[0].text'
            {"query": "q", "candidates": [{"id": "d", "text": "t", "score": "1"}]} | has a 'candidates[0].score' that is no number
            {"query": "q", "candidates": [{"id": "d", "tokenIds": [1.5]}]} | has 'candidates[0].tokenIds' that are no array of whole numbers
            {"query": "q", "candidates": [{"id": "d", "tokenIds": []}]}  | has empty 'candidates[0].tokenIds'
            {"query": "q", "candidates": [{"id": "d", "tokenIds": 7}]}   | has 'candidates[0].tokenIds' that are no array of whole numbers
            {"query": "q", "candidates": [], "topK": 2.5}                | has a 'topK' that is no whole number from 1 on
            {"query": "q", "candidates": [], "topK": 0}                  | has a 'topK' that is no whole number from 1 on
            {"query": "q", "candidates": [], "topK": "3"}                | has a 'topK' that is no whole number from 1 on
            {"query": "q", "candidates": [], "deadline": "tomorrow"}     | has a deadline 'tomorrow', expected the form 2026-
            {"query": "q", "candidates": [], "model": 1}                 | has a 'model' that is no string
            {"query": "q", "candidates": [], "attributes": "a"}          | has attributes that are not an object of strings
            {"query": "q", "candidates": [], "attributes": {"a": 1}}     | has an attribute 'a' that is no string
            """)
    void namesFileAndLineOfWhatIsWrong(String line, String problem) {
        byte[] file = (SHORTEST + "\n\n" + line + "\n" + SHORTEST).getBytes(UTF_8);

        assertThatThrownBy(() -> read(file))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("lists.jsonl, line 3: " + problem);
    }

    @Test
    void refusesBytesThatAreNotUtf8WhereTheyStand() {
        byte[] file = (SHORTEST + "\n\"?\"").getBytes(UTF_8);
        file[file.length - 2] = (byte) 0xff;

        assertThatThrownBy(() -> read(file)).hasMessage("lists.jsonl, line 2: is not UTF-8");
    }

    @Test
    void refusesADamagedGzipFile() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(SHORTEST.getBytes(UTF_8));
        }
        byte[] half = java.util.Arrays.copyOf(packed.toByteArray(), packed.size() / 2);

        assertThatThrownBy(() -> read(half)).hasMessageStartingWith("lists.jsonl, line 1: the gzip file is damaged");
    }

    @ParameterizedTest
    @CsvSource({"''", "' \n \n'"})
    void refusesAFileWithoutRequests(String text) {
        assertThatThrownBy(() -> read(text.getBytes(UTF_8))).hasMessage("lists.jsonl: holds no requests");
    }

    private static List<RerankRequest> read(byte[] file) throws IOException {
        List<RerankRequest> requests = new ArrayList<>();
        try (TextLines lines = lines(file)) {
            new RequestLines(lines).forEach(requests::add);
        }
        return requests;
    }

    private static TextLines lines(byte[] file) throws IOException {
        return new TextLines("lists.jsonl", new ByteArrayInputStream(file));
    }
}
