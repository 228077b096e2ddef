package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RerankerFileTest {
    private static final List<String> DEFAULT = List.of("{query} {document}");

    private Path folder;

    @BeforeEach
    void prepare(@TempDir Path empty) {
        folder = empty;
    }

    @Test
    void takesTheDefaultsWhereThereIsNone() {
        RerankerFile file = RerankerFile.read(folder).checked(architecture(true, false));

        assertThat(file.template(DEFAULT, "")).isEqualTo(DEFAULT);
        assertThat(file.appendEos(true)).isTrue();
        assertThat(file.appendEos(false)).isFalse();
        assertThat(file.maxLength(7)).isEqualTo(7);
        assertThat(file.activation(() -> Activation.SIGMOID)).isEqualTo(Activation.SIGMOID);
        assertThat(file.labels()).isEmpty();
    }

    @Test
    void readsEveryKey() throws IOException {
        write("{'template':'{instruction}: {document}|{query}','instruction':'find','append_eos':false,"
                + "'pooling':'last','max_length':9,'activation':'none','labels':['0','1']}");

        RerankerFile file = RerankerFile.read(folder).checked(architecture(true, true));

        assertThat(file.template(DEFAULT, "")).containsExactly("find: {document}", "|{query}");
        assertThat(file.appendEos(true)).isFalse();
        assertThat(file.maxLength(7)).isEqualTo(9);
        assertThat(file.activation(() -> Activation.SIGMOID)).isEqualTo(Activation.NONE);
        assertThat(file.labels()).containsExactly("0", "1");
    }

    @Test
    void readsATemplateInParts() throws IOException {
        write("{'template':['<sys>','{query}: {document}','<end>']}");

        assertThat(RerankerFile.read(folder).template(DEFAULT, ""))
                .containsExactly("<sys>", "{query}: {document}", "<end>");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            {'templates':'x'}         | causal  | key templates is not understood for this family, known: max_length
            {'template':'x'}          | encoder | key template is not understood for this family, known: max_length, max_query_length, max_document_length, activation
            {'labels':['a']}          | causal  | key labels is not understood for this family, known: max_length
            {'labels':['a','b','c']}  | labels  | labels is ["a","b","c"], supported: a list of one or two strings that are not empty
            {'labels':[]}             | labels  | labels is [], supported: a list of one or two strings
            {'labels':'yes'}          | labels  | labels is "yes", supported: a list of one or two strings
            {'labels':['no',1]}       | labels  | labels is ["no",1], supported: a list of one or two strings
            {'pooling':'mean'}        | causal  | pooling is "mean", supported: "last"
            {'append_eos':'yes'}      | causal  | append_eos is "yes", supported: true, false
            {'activation':'tanh'}     | encoder | activation is "tanh", supported: "none", "sigmoid"
            {'max_length':0}          | causal  | max_length is 0, expected a positive whole number
            {'template':7}            | causal  | template is 7, expected a string
            {'template':['{query}',7]} | causal | template is ["{query}",7], supported: a list of strings that are not empty
            {'template':'{doc} {query}'} | causal | template has {doc}, known: {query}, {document}, {instruction}. Name
            {'template':['{query}','{Passage}']} | causal | template has {Passage}, known: {query}, {document}, {instruction}
            {'template':[]}           | causal  | template is [], supported: a list of strings
            {'instruction':'x'}       | causal  | instruction has no place. Give both
            {'template':'{instruction}'} | causal | template has {instruction}, but there is no instruction. Give both
            """)
    void refusesWhatItDoesNotUnderstand(String json, String model, String message) throws IOException {
        write(json);

        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> readAll(architecture(!model.equals("encoder"), model.equals("labels"))))
                .withMessageStartingWith(folder.resolve("reranker.json") + ": " + message);
    }

    private void readAll(Architecture architecture) {
        RerankerFile file = RerankerFile.read(folder).checked(architecture);
        file.labels();
        file.template(DEFAULT, "");
        file.appendEos(true);
        file.maxLength(1);
        file.activation(() -> Activation.NONE);
    }

    private static Architecture architecture(boolean causal, boolean labels) {
        List<Weight> weights =
                labels ? List.of(new Weight("head.score.weight", "lm_head.weight", List.of(), List.of(1))) : List.of();
        return new Architecture("llama", List.of(), Map.of(), weights, 9, 0, 9, 0, causal ? Memory.TOKEN : Memory.NONE);
    }

    @Test
    void squeezesScoresInPlaceOfRawOnes() {
        assertThat(Activation.SIGMOID.apply(new float[] {0, 2}))
                .containsExactly(new float[] {0.5f, 0.8808f}, within(1e-4f));
        assertThat(Activation.NONE.apply(new float[] {-3})).containsExactly(-3);
    }

    private void write(String json) throws IOException {
        Files.writeString(folder.resolve("reranker.json"), json.replace('\'', '"'));
    }
}
