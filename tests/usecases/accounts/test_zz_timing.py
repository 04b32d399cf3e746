import statistics, time
import pytest
from matchmaker.usecases import accounts as use
from matchmaker.errors import *
def test_timing(live, join, clock, capsys):
    join("partner")
    out={"partner@cities.example":[], "nobody@cities.example":[]}
    for n in range(60):
        for e,l in (list(out.items()) if n%2 else list(out.items())[::-1]):
            clock.forward(days=2)
            b=time.perf_counter()
            with pytest.raises(SignInRefusedError): use.sign_in(live,e,"wrong words, all of them")
            l.append(time.perf_counter()-b)
    s=[]
    tok=None
    clock.forward(days=2)
    for _ in range(20):
        b=time.perf_counter(); tok=use.sign_in(live,"partner@cities.example","a sentence for tests only").token; s.append(time.perf_counter()-b)
    c=[]
    for _ in range(200):
        b=time.perf_counter(); use.caller_of_session(live,tok); c.append(time.perf_counter()-b)
    k=use.create_key(live,use.caller_of_session(live,tok),"x",["read"]).text
    kk=[]
    for _ in range(200):
        b=time.perf_counter(); use.caller_of_key(live,k); kk.append(time.perf_counter()-b)
    with capsys.disabled():
        for e,l in out.items(): print(e, "median ms", statistics.median(l)*1e3, "min", min(l)*1e3)
        print("sign in",statistics.median(s)*1e3,"session",statistics.median(c)*1e3,"key",statistics.median(kk)*1e3)
