module berth/bench/pool

go 1.19
