package io.streamrank.contract;

/** Headers of a ranking that tell of the list it answers, beside CloudEvents' own. */
public final class RankingHeaders {
    /** When the list was written: the timestamp of its record, RFC 3339; missing where that had none. */
    public static final String LIST_TIME = "ce_listtime";

    /** How many candidates the list has, in decimal: more than the ranking where only the best were asked for. */
    public static final String LIST_SIZE = "ce_listsize";

    /** How many tokens of a pair the model reads at most, in decimal: where it is another, scores are others. */
    public static final String MAX_LENGTH = "ce_maxlength";

    private RankingHeaders() {}
}
