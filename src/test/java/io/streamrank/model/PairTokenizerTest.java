package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** golden/bert's tokenizer: CLS is 2, SEP is 3. Opening one already checks its frame against the library's. */
class PairTokenizerTest {
    private static final int CLS = 2;
    private static final int SEP = 3;

    private CheckpointFolder folder;

    @BeforeEach
    void copy(@TempDir Path target) throws IOException {
        folder = CheckpointFolder.copyOf(Golden.read("bert"), target);
    }

    @Test
    void framesAPair() {
        EncodedPair pair = encode("group", "patients");

        assertThat(pair.ids()).startsWith(CLS).endsWith(SEP).hasSize(5);
        assertThat(pair.ids()[2]).isEqualTo(SEP);
        assertThat(pair.typeIds()).containsExactly(0, 0, 0, 1, 1);
        assertThat(pair.truncated()).isFalse();
    }

    @Test
    void framesAQueryWithoutDocumentAlone() {
        assertThat(encode("group", "").ids()).startsWith(CLS).endsWith(SEP).hasSize(3);
        assertThat(encode("group", " ").ids()).endsWith(SEP, SEP).hasSize(4);
    }

    @Test
    void readsBertProcessing() throws IOException {
        EncodedPair templated = encode("group", "patients");
        postProcessor("{'type':'BertProcessing','sep':['[SEP]',3],'cls':['[CLS]',2]}");

        assertThat(encode("group", "patients")).usingRecursiveComparison().isEqualTo(templated);
    }

    @Test
    void readsRobertaProcessing() throws IOException {
        postProcessor("{'type':'RobertaProcessing','sep':['[SEP]',3],'cls':['[CLS]',2],'trim_offsets':true,"
                + "'add_prefix_space':false}");

        EncodedPair pair = encode("group", "patients");

        assertThat(pair.ids()).startsWith(CLS).endsWith(SEP).hasSize(6);
        assertThat(List.of(pair.ids()[2], pair.ids()[3])).containsExactly(SEP, SEP);
        assertThat(pair.typeIds()).containsOnly(0);
    }

    @Test
    void readsASequenceAndNone() throws IOException {
        postProcessor("{'type':'Sequence','processors':[{'type':'ByteLevel','add_prefix_space':true,"
                + "'trim_offsets':true,'use_regex':true},"
                + "{'type':'BertProcessing','sep':['[SEP]',3],'cls':['[CLS]',2]}]}");
        assertThat(encode("group", "patients").ids()).hasSize(5);

        postProcessor("null");
        assertThat(encode("group", "patients").ids()).hasSize(2);
    }

    @Test
    void cutsTheDocumentAndSaysSo() {
        EncodedPair pair = encode("group", "patients ".repeat(50));

        assertThat(pair.ids()).hasSize(16).endsWith(SEP);
        assertThat(pair.truncated()).isTrue();
    }

    @Test
    void ignoresTheTokenizersOwnTruncationAndPadding() throws IOException {
        EncodedPair before = encode("group", "patients patients");
        folder.json("tokenizer.json", tokenizer -> {
            tokenizer.set(
                    "truncation", json("{'direction':'Right','max_length':4,'strategy':'LongestFirst','stride':0}"));
            tokenizer.set(
                    "padding",
                    json("{'strategy':{'Fixed':32},'direction':'Right','pad_to_multiple_of':null,'pad_id':0,"
                            + "'pad_type_id':0,'pad_token':'[PAD]'}"));
        });

        assertThat(encode("group", "patients patients"))
                .usingRecursiveComparison()
                .isEqualTo(before);
    }

    @Test
    void replacesHalfACharacterAndNothingElse() {
        String smile = "\uD83D\uDE00";

        assertThat(WellFormed.text("a" + smile)).isEqualTo("a" + smile);
        assertThat(WellFormed.text("\uDE00a\uD83D" + smile + "\uD83D")).isEqualTo("\uFFFDa\uFFFD" + smile + "\uFFFD");
        assertThat(encode("group", "patients \uD83D").ids()).hasSizeGreaterThanOrEqualTo(5);
    }

    private void postProcessor(String json) throws IOException {
        folder.json("tokenizer.json", tokenizer -> tokenizer.set("post_processor", json(json)));
    }

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text.replace('\'', '"'));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private EncodedPair encode(String query, String document) {
        try (PairTokenizer tokenizer =
                PairTokenizer.open(folder.file("tokenizer.json"), new PairSettings(16, true), 0)) {
            return tokenizer.encode(query, List.of(document)).get(0);
        }
    }
}
