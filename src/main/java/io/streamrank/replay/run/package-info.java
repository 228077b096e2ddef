/**
 * Recorded candidate lists through other models: where they are read from, how far a replay has come, what it leaves in
 * its folder. One pass over the lists feeds all models; a replay that is killed goes on where it was. Knows the
 * worker's scoring, and nothing of what is made of the folder afterwards.
 */
@NullMarked
package io.streamrank.replay.run;

import org.jspecify.annotations.NullMarked;
