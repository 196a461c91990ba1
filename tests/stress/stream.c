#include "tests/stress/stress.h"

/* SplitMix64: any seed is as good as any other. */
uint64_t stream_next(stream *stream) {
    uint64_t mixed = stream->state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

stream stream_of(uint64_t seed, const char *configuration, uint32_t thread) {
    stream made = {seed};
    for (; *configuration != '\0'; configuration++)
        made.state = stream_next(&made) ^ (unsigned char)*configuration;
    made.state = stream_next(&made) ^ thread;
    made.state = stream_next(&made);
    return made;
}

uint32_t stream_below(stream *stream, uint32_t bound) {
    return (uint32_t)(stream_next(stream) % bound);
}

bool stream_one_in(stream *stream, uint32_t count) {
    return stream_below(stream, count) == 0;
}
