package io.streamrank.training.data;

/**
 * Which queries are made, and how their lists are scored.
 *
 * @param keywords the share of questions, from 0 to 1, whose keywords become a query
 * @param spans how many spans of each relevant passage do
 * @param relevantFrom the lowest grade of a positive
 * @param scale what similarities are multiplied by to be scores, above 0
 * @param seed decides whatever is drawn
 */
public record QuerySettings(double keywords, int spans, int relevantFrom, double scale, long seed) {
    public QuerySettings {
        if (!(keywords >= 0 && keywords <= 1)) {
            throw new IllegalArgumentException("keywords are " + keywords + ", expected a share from 0 to 1");
        }
        if (spans < 0) {
            throw new IllegalArgumentException("spans are " + spans + ", expected 0 or more");
        }
        if (!(scale > 0 && Double.isFinite(scale))) {
            throw new IllegalArgumentException("scale is " + scale + ", expected more than 0");
        }
    }
}
