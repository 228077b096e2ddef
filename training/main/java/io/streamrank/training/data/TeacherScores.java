package io.streamrank.training.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.replay.ReplayDataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.LongConsumer;

/**
 * Writes a teacher's scores of candidate lists, to distil from. It may be interrupted at any time: what is there is kept
 * the next time, provided that the teacher and the lists are the same. A file beside the output, {@code .teacher.json},
 * says who scored.
 */
public final class TeacherScores {
    /** Lists scored at once, and what an interruption loses at most. */
    private static final int LISTS_AT_ONCE = 16;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ListTeacher scorer;
    private final Teacher teacher;

    /**
     * Who scores.
     *
     * @param revision the checkpoint's
     * @param family its architecture
     * @param maxLength the longest pair in tokens: scores depend on where documents are cut
     * @param dtype the arithmetic
     * @param similarity what the cosine of an encoder's vectors was multiplied by; empty for a ranking head's scores
     */
    public record Teacher(String revision, String family, int maxLength, String dtype, OptionalDouble similarity) {
        /** A teacher with a ranking head. */
        public Teacher(String revision, String family, int maxLength, String dtype) {
            this(revision, family, maxLength, dtype, OptionalDouble.empty());
        }

        /** As {@code .teacher.json} says it. */
        public ObjectNode toJson() {
            ObjectNode json = JSON.createObjectNode()
                    .put("revision", revision)
                    .put("family", family)
                    .put("max_length", maxLength)
                    .put("dtype", dtype);
            similarity.ifPresent(
                    scale -> json.put("scores", "mean-pooled cosine").put("scale", scale));
            return json;
        }
    }

    public TeacherScores(ListTeacher scorer, Teacher teacher) {
        this.scorer = scorer;
        this.teacher = teacher;
    }

    /**
     * Scores what is not yet scored.
     *
     * @param output JSON Lines, such as {@link DataSet} reads under {@code groups}
     * @param idsOnly whether texts of documents with ids are left out
     * @param skipped is told how many lists were there already, before any is scored
     * @param done is told how many there are, now and then
     * @throws ReplayDataException if the output holds other lists, or another teacher's scores
     */
    public void write(CandidateSource source, Path output, boolean idsOnly, LongConsumer skipped, LongConsumer done)
            throws IOException {
        ScoredFile file = new ScoredFile(output);
        requireSameTeacher(output);
        long count = file.skip(source);
        skipped.accept(count);
        try (GroupsWriter writer = file.append(idsOnly)) {
            List<GroupLine> waiting = new ArrayList<>();
            for (GroupLine list = source.next(); list != null; list = source.next()) {
                waiting.add(list);
                if (waiting.size() == LISTS_AT_ONCE) {
                    count += write(waiting, writer);
                    done.accept(count);
                }
            }
            count += write(waiting, writer);
            done.accept(count);
        }
    }

    private int write(List<GroupLine> lists, GroupsWriter writer) throws IOException {
        List<float[]> scores =
                scorer.score(lists.stream().map(GroupLine::unscored).toList());
        for (int i = 0; i < lists.size(); i++) {
            writer.write(lists.get(i).withScores(decimals(scores.get(i))));
        }
        writer.flush();
        int written = lists.size();
        lists.clear();
        return written;
    }

    /** A float's shortest decimal form, not that of the double it widens to. */
    private static List<Double> decimals(float[] scores) {
        List<Double> decimals = new ArrayList<>();
        for (float score : scores) {
            decimals.add(Double.valueOf(Float.toString(score)));
        }
        return decimals;
    }

    private void requireSameTeacher(Path output) throws IOException {
        Path file = output.resolveSibling(output.getFileName() + ".teacher.json");
        ObjectNode now = teacher.toJson();
        if (Files.exists(output) && Files.size(output) > 0 && Files.exists(file)) {
            JsonNode then = JSON.readTree(Files.readString(file));
            if (!then.equals(now)) {
                throw new ReplayDataException(
                        output, "was begun with teacher " + then + ", and now it is " + now + "; name another output");
            }
        }
        Files.write(file, (now + "\n").getBytes(UTF_8));
    }
}
