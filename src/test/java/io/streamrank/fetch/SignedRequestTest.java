package io.streamrank.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.fetch.FetchSettings.Keys;
import java.net.URI;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The examples of "Signature Calculations for the Authorization Header", Amazon S3 API Reference. */
class SignedRequestTest {
    private static final Keys KEYS =
            new Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", Optional.empty());
    private static final Instant TIME = Instant.parse("2013-05-24T00:00:00Z");
    private static final String HOST = "https://examplebucket.s3.amazonaws.com";

    @Test
    void signsAPartOfAnObject() {
        assertThat(sign("/test.txt", Map.of("range", "bytes=0-9")).get("Authorization"))
                .isEqualTo("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                        + " SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
                        + " Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    }

    @Test
    void signsAQueryWithoutAValue() {
        assertThat(sign("/?lifecycle", Map.of()).get("Authorization"))
                .endsWith("Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    }

    @Test
    void signsAListing() {
        assertThat(sign("/?prefix=J&max-keys=2", Map.of()).get("Authorization"))
                .endsWith("Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
    }

    @Test
    void showsTheTokenOfTemporaryKeysAndSignsIt() {
        Keys temporary = new Keys("ID", "secret", Optional.of("the-token"));

        Map<String, String> headers =
                SignedRequest.headers(URI.create(HOST + "/test.txt"), Map.of(), temporary, "eu-west-1", TIME);

        assertThat(headers)
                .containsEntry("x-amz-security-token", "the-token")
                .containsEntry("x-amz-date", "20130524T000000Z");
        assertThat(headers.get("Authorization"))
                .contains("20130524/eu-west-1/s3/aws4_request")
                .contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token");
    }

    @Test
    void encodesAsSignaturesHaveIt() {
        assertThat(S3Source.encoded("a b+c/d~e*f-_.ü=")).isEqualTo("a%20b%2Bc%2Fd~e%2Af-_.%C3%BC%3D");
    }

    private static Map<String, String> sign(String path, Map<String, String> others) {
        return SignedRequest.headers(URI.create(HOST + path), others, KEYS, "us-east-1", TIME);
    }
}
