package io.streamrank.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
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
    void cutsAQueryThatIsLongerThanQueriesMayBe() {
        int[] query = encode("group patients group patients group", "").ids();
        String document = "group ".repeat(30);

        EncodedPair limited = encode(new PairLimits(16, 3, 0), "group patients group patients group", document);
        EncodedPair short3 = encode(new PairLimits(16, 3, 0), "group patients group", document);
        EncodedPair endless = encode(new PairLimits(16, 3, 0), "patients ".repeat(100), document);

        assertThat(query).hasSize(7);
        assertThat(limited.ids()).hasSize(16).startsWith(Arrays.copyOf(query, 4));
        assertThat(limited.ids()[4]).isEqualTo(SEP);
        assertThat(limited.ids()).isEqualTo(short3.ids());
        assertThat(limited.truncated()).isTrue();
        assertThat(endless.ids()).hasSize(16).containsSequence(SEP, query[1]);
        assertThat(encode(new PairLimits(16, 5, 0), "group patients group patients group", "group")
                        .truncated())
                .isFalse();
    }

    @Test
    void cutsADocumentThatIsLongerThanDocumentsMayBe() {
        EncodedPair limited = encode(new PairLimits(16, 0, 2), "group", "patients group patients");

        assertThat(limited).isEqualTo(encode(new PairLimits(16, 0, 0), "group", "patients group"));
        assertThat(limited.truncated()).isTrue();
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
        return encode(new PairLimits(16, 0, 0), query, document);
    }

    private EncodedPair encode(PairLimits limits, String query, String document) {
        PairSettings settings = new PairSettings(limits, true, null, Activation.NONE);
        try (PairTokenizer tokenizer = PairTokenizer.open(folder.file("tokenizer.json"), settings, 0)) {
            return tokenizer.encode(query, List.of(document)).get(0);
        }
    }
}
