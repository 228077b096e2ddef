package io.streamrank.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.validation.ResponseValidator;
import io.vertx.openapi.validation.ValidatableResponse;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** Holds answers to openapi.yaml. */
final class Contract implements AutoCloseable {
    private final Vertx vertx = Vertx.vertx();
    private final OpenAPIContract contract;

    Contract() throws Exception {
        JsonNode yaml = new YAMLMapper().readTree(Contract.class.getResource("/openapi.yaml"));
        // The validator knows no YAML; that path has a test of its own.
        ((ObjectNode) yaml.at("/paths/~1api~1openapi.yaml/get/responses/200")).remove("content");
        contract = OpenAPIContract.from(vertx, new JsonObject(yaml.toString()))
                .toCompletionStage()
                .toCompletableFuture()
                .get();
    }

    /** {@code GET /api/models} and so on. */
    List<String> operations() {
        return contract.operations().stream()
                .map(operation -> operation.getHttpMethod() + " " + operation.getOpenAPIPath())
                .toList();
    }

    /** Fails unless the answer is as the operation describes it. */
    JsonNode require(HttpResponse<String> answer, String operation) throws Exception {
        assertThat(contract.operation(operation)).as(operation).isNotNull();
        String type = answer.headers().firstValue("content-type").orElse("");
        try {
            ResponseValidator.create(vertx, contract)
                    .validate(
                            ValidatableResponse.create(answer.statusCode(), Buffer.buffer(answer.body()), type),
                            operation)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get();
        } catch (ExecutionException e) {
            throw new AssertionError(operation + " answers with " + answer.statusCode() + " " + answer.body(), e);
        }
        return TestingServer.json(answer);
    }

    @Override
    public void close() {
        vertx.close();
    }
}
