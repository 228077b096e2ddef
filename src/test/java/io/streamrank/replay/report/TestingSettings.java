package io.streamrank.replay.report;

import io.streamrank.replay.EvaluationOptions;
import io.streamrank.replay.UnjudgedPolicy;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Settings of a report, those that differ from the defaults named. */
public final class TestingSettings {
    private List<String> measures = ReportSettings.MEASURES;
    private EvaluationOptions options = EvaluationOptions.DEFAULT;
    private UnjudgedPolicy unjudged = UnjudgedPolicy.NOT_RELEVANT;
    private List<FailCondition> conditions = List.of();
    private int maxLists = 1_000;
    private @Nullable String baseline;

    /** The defaults, with fewer resamples. */
    public static TestingSettings of() {
        return new TestingSettings();
    }

    /** Sets it. */
    public TestingSettings withMeasures(List<String> names) {
        measures = names;
        return this;
    }

    /** Sets it. */
    public TestingSettings withOptions(EvaluationOptions wanted) {
        options = wanted;
        unjudged = wanted.judgedOnly() ? UnjudgedPolicy.CONDENSED : UnjudgedPolicy.NOT_RELEVANT;
        return this;
    }

    /** Sets it. */
    public TestingSettings withEveryJudgedQuery() {
        options = options.withEveryJudgedQuery();
        return this;
    }

    /** Sets it. */
    public TestingSettings withUnjudged(UnjudgedPolicy policy) {
        unjudged = policy;
        return this;
    }

    /** Sets it. */
    public TestingSettings withBaseline(String name) {
        baseline = name;
        return this;
    }

    /** Sets it. */
    public TestingSettings withConditions(String... texts) {
        conditions = Stream.of(texts).map(FailCondition::parse).toList();
        return this;
    }

    /** Sets it. */
    public TestingSettings withMaxLists(int lists) {
        maxLists = lists;
        return this;
    }

    /** The settings. */
    public ReportSettings build() {
        return new ReportSettings(
                measures,
                options.everyJudgedQuery(),
                options.relevantFrom(),
                options.maxDocuments(),
                unjudged,
                baseline,
                10,
                0.9,
                1_000,
                1,
                5,
                conditions,
                maxLists,
                1_000,
                null);
    }
}
