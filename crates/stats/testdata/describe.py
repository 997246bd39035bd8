"""Writes describe.json: what pandas.DataFrame.describe says of a few samples.

    pip install pandas && python3 describe.py > describe.json
"""

import json
import random

import pandas

draw = random.Random(1)
samples = {
    "one value": [0.08],
    "two values": [0.08, 0.1],
    "three values": [0.3, 0.1, 0.2],
    "four values": [4.0, 1.0, 3.0, 2.0],
    "all the same": [0.011] * 7,
    "ties": [1.0, 2.0, 2.0, 2.0, 3.0, 3.0, 9.0],
    "a large offset": [1e9 + draw.randrange(1000) / 1024 for _ in range(25)],
    "batch 16, threads": [round(draw.gauss(0.1238, 0.0097), 6) for _ in range(50)],
    "batch 4, async, a cold outlier": [0.281397]
    + [round(0.042 + draw.expovariate(200), 6) for _ in range(49)],
    "many decades": [10.0**power for power in range(-9, 10)],
}

print(
    json.dumps(
        {
            "pandas": pandas.__version__,
            "samples": [
                {
                    "name": name,
                    "values": values,
                    "describe": {
                        key: None if pandas.isna(value) else value
                        for key, value in pandas.Series(values).describe().items()
                    },
                }
                for name, values in samples.items()
            ],
        },
        indent=1,
    )
)
